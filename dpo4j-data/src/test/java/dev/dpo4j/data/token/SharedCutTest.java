/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.token.LengthLimits.Truncation;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rows longer than the limit keep what LLaMA-Factory 0.9.5 keeps; see golden/shared_cut.py. */
class SharedCutTest {
  private static JsonNode golden = JsonMapper.shared().createObjectNode();

  @BeforeAll
  static void read() throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(SharedCutTest.class.getResourceAsStream("/shared-cut.json"))) {
      golden = JsonMapper.shared().readTree(stream);
    }
  }

  private static int[] ints(JsonNode list) {
    return list.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  @Test
  void pairsShareTheLimitInTheRatioOfTheirLengths() {
    assertThat(golden.get("cases")).hasSize(5);
    for (JsonNode cut : golden.get("cases")) {
      LengthLimits limits =
          new LengthLimits(cut.get("cutoff_len").asInt(), null, null, Truncation.SHARE);
      for (int i = 0; i < golden.get("pairs").size(); i++) {
        JsonNode row = golden.get("pairs").get(i);
        JsonNode kept = cut.get("pairs").get(i);
        int[] prompt = ints(row.get(0));
        int longest = Math.max(row.get(1).size(), row.get(2).size());
        for (int side = 1; side <= 2; side++) {
          LengthLimits.Cut ours = limits.share(prompt, ints(row.get(side)), longest);
          assertThat(IntStream.concat(IntStream.of(ours.prompt()), IntStream.of(ours.answer())))
              .as("row %d, side %d, limit %s", i, side, limits.maxLength())
              .containsExactly(boxed(ints(kept.get(side == 1 ? "chosen" : "rejected"))));
          assertThat(ours.prompt()).hasSize(kept.get("prompt").asInt());
        }
      }
    }
  }

  @Test
  void eachTurnOfADialogueSharesWhatTheTurnsBeforeHaveLeft() {
    for (JsonNode cut : golden.get("cases")) {
      for (int i = 0; i < golden.get("dialogues").size(); i++) {
        JsonNode dialogue = golden.get("dialogues").get(i);
        int[] ids = dialogue.valueStream().flatMapToInt(turn -> IntStream.of(ints(turn))).toArray();
        boolean[] scored = new boolean[ids.length];
        int at = 0;
        for (int turn = 0; turn < dialogue.size(); turn++) {
          Arrays.fill(scored, at, at + dialogue.get(turn).size(), turn % 2 == 1);
          at += dialogue.get(turn).size();
        }
        int[] kept = SharedCut.kept(scored, ids.length, cut.get("cutoff_len").asInt());
        JsonNode theirs = cut.get("dialogues").get(i);
        assertThat(IntStream.of(kept).map(place -> ids[place]))
            .as("dialogue %d, limit %s", i, cut.get("cutoff_len"))
            .containsExactly(boxed(ints(theirs.get("ids"))));
        assertThat(IntStream.of(kept).mapToObj(place -> scored[place]))
            .containsExactlyElementsOf(
                theirs.get("learnt").valueStream().map(JsonNode::asBoolean).toList());
      }
    }
  }

  private static Integer[] boxed(int[] ids) {
    return IntStream.of(ids).boxed().toArray(Integer[]::new);
  }
}
