/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The rows that TRL's recorded runs of SFT and KTO were trained on. */
final class TrlRows {
  private TrlRows() {}

  /** Chosen answers for SFT; for KTO both answers with their labels, in alternating order. */
  @SuppressWarnings("unchecked") // a row of the file is an object
  static List<Map<String, Object>> of(JsonNode run) {
    boolean sft = run.path("name").stringValue().startsWith("sft");
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String line : lines()) {
      Map<String, Object> pair = JsonMapper.shared().readValue(line, Map.class);
      String[] order = sft ? new String[] {"chosen"} : new String[] {"chosen", "rejected"};
      boolean swap = !sft && (rows.size() / 2) % 2 == 0;
      for (int i = 0; i < order.length; i++) {
        String answer = order[swap ? order.length - 1 - i : i];
        Object prompt = Objects.requireNonNull(pair.get("prompt"));
        Object completion = Objects.requireNonNull(pair.get(answer));
        rows.add(
            sft
                ? Map.of("prompt", prompt, "completion", completion)
                : Map.of(
                    "prompt", prompt, "completion", completion, "label", "chosen".equals(answer)));
      }
    }
    int first = run.path("first_row").intValue();
    return rows.subList(first, first + run.path("rows").intValue());
  }

  /** The pairs of a run of reward training, with the margins that it was given. */
  @SuppressWarnings("unchecked") // a row of the file is an object
  static List<Map<String, Object>> ofPairs(JsonNode run) {
    int first = run.path("first_row").intValue();
    List<Map<String, Object>> rows = new ArrayList<>();
    for (String line : lines().subList(first, first + run.path("rows").intValue())) {
      Map<String, Object> pair =
          new LinkedHashMap<>(JsonMapper.shared().readValue(line, Map.class));
      if (run.path("margin_column").isString()) {
        pair.put("margin", 0.1 * (rows.size() % 7));
      }
      rows.add(pair);
    }
    return rows;
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(Shared.path("data/dpo-en.jsonl"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
