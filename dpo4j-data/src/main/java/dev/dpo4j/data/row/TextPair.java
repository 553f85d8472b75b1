/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A pair of plain texts (TRL's "standard" form).
 *
 * @param info where the row came from
 * @param prompt the text before the answer; may be empty
 * @param chosen the better answer, without EOS
 * @param rejected the worse answer, without EOS
 */
public record TextPair(RowInfo info, String prompt, String chosen, String rejected)
    implements PreferencePair {
  @Override
  public boolean hasEmptyAnswer() {
    return chosen.isEmpty() || rejected.isEmpty();
  }

  @Override
  public boolean isIdentical() {
    return chosen.equals(rejected);
  }

  @Override
  public Map<String, Object> columns() {
    Map<String, Object> columns = new LinkedHashMap<>();
    columns.put("prompt", prompt);
    columns.put("chosen", chosen);
    columns.put("rejected", rejected);
    columns.putAll(info.extras());
    return columns;
  }
}
