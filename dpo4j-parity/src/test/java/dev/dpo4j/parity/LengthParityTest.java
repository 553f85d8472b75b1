/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.token.LengthLimits;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Pairs that are too long keep the tokens that TRL 0.28.0 keeps; see golden/lengths.py. */
class LengthParityTest {
  private static final JsonNode GOLDEN = Golden.read("lengths.json");

  @TestFactory
  Stream<DynamicTest> everyAnswerKeepsTheTokensThatTrlKeeps() {
    return GOLDEN.get("cases").values().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    "%s %s %s %s"
                        .formatted(
                            row.get("max_length"),
                            row.get("max_prompt_length"),
                            row.get("max_completion_length"),
                            row.get("truncation_mode")),
                    () -> compare(row)));
  }

  private static void compare(JsonNode limit) {
    LengthLimits limits =
        new LengthLimits(
            number(limit, "max_length"),
            number(limit, "max_prompt_length"),
            number(limit, "max_completion_length"),
            limit.get("truncation_mode").asString().equals("keep_end"));
    assertThat(limit.get("kept")).hasSizeGreaterThan(8);
    for (int i = 0; i < limit.get("kept").size(); i++) {
      JsonNode row = GOLDEN.get("rows").get(i);
      JsonNode kept = limit.get("kept").get(i);
      int[] prompt = limits.prompt(Golden.ints(row.get("prompt")));
      int learnt = 0;
      for (int side = 0; side < 2; side++) {
        String name = side == 0 ? "chosen" : "rejected";
        int[] answer = limits.completion(Golden.ints(row.get(name)));
        LengthLimits.Cut cut = limits.together(prompt, answer);
        assertThat(IntStream.concat(IntStream.of(cut.prompt()), IntStream.of(cut.answer())))
            .as("%s of row %d", name, i)
            .containsExactly(boxed(Golden.ints(kept.get("sequences").get(side))));
        assertThat(cut.scored())
            .as("learnt tokens of %s of row %d", name, i)
            .isEqualTo(kept.get("learnt").get(side).asInt());
        learnt += cut.scored();
      }
      assertThat(limits.isFilledBy(prompt))
          .as("row %d has a prompt that leaves nothing to learn", i)
          .isEqualTo(learnt == 0);
    }
  }

  private static Integer[] boxed(int[] ids) {
    return IntStream.of(ids).boxed().toArray(Integer[]::new);
  }

  private static @Nullable Integer number(JsonNode row, String name) {
    return row.get(name).isNull() ? null : (Integer) row.get(name).asInt();
  }
}
