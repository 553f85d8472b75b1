/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.form.PairMaker;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.form.RowForms;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.RankedPairs;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.token.TokenizeOptions;
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
        PreferenceRows data = PreferenceRows.ofRows(List.of(row));
        try {
          kept += data.tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(40)).size();
        } catch (DataException e) {
          assertThat(e.getMessage()).contains("memory");
        }
      }
    }
    assertThat(kept).isGreaterThan(50);
  }

  /** Columns and words of the forms of other tools. */
  private @Nullable Object foreign(int depth) {
    List<String> texts =
        List.of(
            "",
            "a",
            "human",
            "gpt",
            "function_call",
            "{\"name\": \"f\", \"arguments\": {}}",
            "\n\nHuman: a\n\nAssistant: b",
            "\n\nHuman: a\n\nAssistant:",
            "5",
            "N/A",
            "[]");
    List<String> fields =
        List.of("from", "value", "role", "content", "response", "score", "rank", "tool_calls");
    switch (random.nextInt(depth > 2 ? 3 : 5)) {
      case 0 -> {
        return random.nextInt(4) == 0 ? null : (Object) random.nextBoolean();
      }
      case 1 -> {
        return (long) random.nextInt(3);
      }
      case 2 -> {
        return pick(texts);
      }
      case 3 -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(pick(fields), random.nextInt(3) == 0 ? foreign(depth + 1) : pick(texts));
        }
        return map;
      }
      default -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(foreign(depth + 1));
        }
        return list;
      }
    }
  }

  @Test
  void rowsOfForeignFormsAreReadOrRefused() {
    List<String> names =
        List.of(
            "prompt",
            "chosen",
            "rejected",
            "instruction",
            "input",
            "output",
            "history",
            "system",
            "conversations",
            "messages",
            "tools",
            "responses",
            "completions",
            "answers",
            "scores",
            "rank",
            "label",
            "kto_tag",
            "text",
            "completion",
            "score_chosen",
            "weight");
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      Map<String, @Nullable Object> columns = new LinkedHashMap<>();
      for (int i = 1 + random.nextInt(5); i > 0; i--) {
        columns.put(pick(names), foreign(0));
      }
      RowFormat format = pick(List.of(RowFormat.values()));
      try {
        Row row = RowShape.of(format).apply(new Row(0, new Origin("f", 1), columns));
        PairMaker maker =
            new PairMaker(new RankedOptions(pick(List.of(RankedPairs.values())), 1.0));
        switch (random.nextInt(3)) {
          case 0 -> read += maker.pairs(row).size();
          case 1 ->
              read += RowForms.leftOut(row) != null || RowForms.supervised(row).isEmpty() ? 0 : 1;
          default -> read += RowForms.labelled(row, maker).size();
        }
      } catch (RowFault e) {
        assertThat(e.text()).isNotBlank();
      }
    }
    assertThat(read).isGreaterThan(20);
  }
}
