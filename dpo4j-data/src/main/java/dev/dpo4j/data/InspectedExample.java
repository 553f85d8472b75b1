/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.token.TokenizedExample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Shows one example of SFT or KTO as the model gets it.
 *
 * @param example the ids, cut as training cuts them
 * @param text the ids as text, special tokens included
 */
public record InspectedExample(TokenizedExample example, String text) implements Inspected {
  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("row", example.row());
    map.put("file", example.origin().file());
    map.put("line", example.origin().line());
    if (example.label() != null) {
      map.put("label", example.label());
    }
    map.put("prompt_ids", example.promptIds());
    map.put("completion_ids", example.completionIds());
    map.put("completion_mask", mask());
    map.put("text", text);
    return map;
  }

  /** 1 for each token that is learnt, 0 for the others. */
  private int[] mask() {
    boolean[] scored = example.scored();
    return IntStream.range(0, scored.length).map(i -> scored[i] ? 1 : 0).toArray();
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>();
    String label = example.label() == null ? "" : "; label " + example.label();
    lines.add("row %d (%s): kept%s".formatted(example.row(), example.origin(), label));
    int[] prompt = example.promptIds();
    int[] completion = example.completionIds();
    lines.add("  prompt ids, %d: %s".formatted(prompt.length, Inspected.join(prompt)));
    lines.add("  completion ids, %d: %s".formatted(completion.length, Inspected.join(completion)));
    lines.add("  learnt: %d tokens".formatted(IntStream.of(mask()).sum()));
    lines.add("  text:");
    text.lines().forEach(line -> lines.add("    " + line));
    return lines;
  }
}
