/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.RowEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Shows one pair as the model gets it.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line
 * @param kept whether it is trained on
 * @param events everything that happened to it
 * @param promptIds ids before the answers
 * @param chosenIds ids of the chosen answer, cut if the row is kept, whole if it is dropped
 * @param rejectedIds ids of the rejected answer, likewise
 * @param scores how good the answers are said to be, where the row says it
 * @param chosenText prompt and chosen answer as text, before any cut
 * @param rejectedText prompt and rejected answer as text, before any cut
 */
@SuppressWarnings("ArrayRecordComponent")
public record InspectedRow(
    int row,
    Origin origin,
    boolean kept,
    Set<RowEvent> events,
    int[] promptIds,
    int[] chosenIds,
    int[] rejectedIds,
    Map<String, Double> scores,
    String chosenText,
    String rejectedText)
    implements Inspected {
  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("row", row);
    map.put("file", origin.file());
    map.put("line", origin.line());
    map.put("kept", kept);
    map.put("events", events.stream().map(RowEvent::id).toList());
    map.putAll(new TreeMap<>(scores));
    map.put("prompt_ids", promptIds);
    map.put("chosen_ids", chosenIds);
    map.put("rejected_ids", rejectedIds);
    map.put("chosen_mask", mask(chosenIds));
    map.put("rejected_mask", mask(rejectedIds));
    map.put("chosen_text", chosenText);
    map.put("rejected_text", rejectedText);
    return map;
  }

  /** 0 for each token of the prompt, 1 for each token of the answer. */
  private int[] mask(int[] answer) {
    int[] mask = new int[promptIds.length + answer.length];
    Arrays.fill(mask, promptIds.length, mask.length, 1);
    return mask;
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "row %d (%s): %s%s"
            .formatted(
                row,
                origin,
                kept ? "kept" : "dropped",
                events.isEmpty()
                    ? ""
                    : "; "
                        + String.join("; ", events.stream().map(RowEvent::description).toList())));
    new TreeMap<>(scores).forEach((name, score) -> lines.add("  " + name + ": " + score));
    lines.add("  prompt ids, %d: %s".formatted(promptIds.length, Inspected.join(promptIds)));
    lines.add("  chosen ids, %d: %s".formatted(chosenIds.length, Inspected.join(chosenIds)));
    lines.add("  rejected ids, %d: %s".formatted(rejectedIds.length, Inspected.join(rejectedIds)));
    lines.add("  chosen text:");
    chosenText.lines().forEach(line -> lines.add("    " + line));
    lines.add("  rejected text:");
    rejectedText.lines().forEach(line -> lines.add("    " + line));
    return lines;
  }
}
