/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of any shape are tokenised or refused with their place; nothing else is ever thrown. */
class RowFuzzTest {
  private static final List<String> COLUMNS =
      List.of("prompt", "chosen", "rejected", "tools", "chat_template_kwargs", "weight", "id");
  private static final List<String> FIELDS =
      List.of("role", "content", "tool_calls", "reasoning_content", "type", "text");
  private static final List<String> TEXTS =
      List.of("", "user", "assistant", "a b", "a c", "[1]", "{\"x\": []}", "<|im_end|>");

  private final Random random = new Random(17);

  private <T> T pick(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private @Nullable Object value(int depth) {
    return switch (random.nextInt(depth > 3 ? 5 : 8)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> (long) random.nextInt(3);
      case 3 -> random.nextDouble();
      case 4 -> pick(TEXTS);
      case 5 -> object(depth, FIELDS);
      default -> messages(depth);
    };
  }

  private Map<String, @Nullable Object> object(int depth, List<String> names) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      map.put(pick(names), value(depth + 1));
    }
    return map;
  }

  private List<@Nullable Object> messages(int depth) {
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Map<String, @Nullable Object> message = object(depth, FIELDS);
      message.put("role", pick(List.of("user", "assistant", "system")));
      list.add(random.nextInt(10) == 0 ? value(depth + 1) : message);
    }
    return list;
  }

  @Test
  void rowsOfAnyShapeAreTokenisedOrRefusedWithTheirPlace(@TempDir Path folder) throws IOException {
    int kept = 0;
    try (HfTokenizer tokenizer = TinyModel.load(folder)) {
      for (int round = 0; round < 4000; round++) {
        Map<String, @Nullable Object> row = object(0, COLUMNS);
        row.put("chosen", random.nextInt(3) == 0 ? pick(TEXTS) : messages(0));
        row.put("rejected", random.nextInt(3) == 0 ? pick(TEXTS) : messages(0));
        PreferenceData data = PreferenceData.ofRows(List.of(row));
        try {
          kept += data.tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(40)).size();
        } catch (DataException e) {
          assertThat(e.getMessage()).contains("memory");
        }
      }
    }
    assertThat(kept).isGreaterThan(50);
  }
}
