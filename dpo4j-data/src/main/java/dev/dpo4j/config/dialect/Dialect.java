/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.dialect;

import dev.dpo4j.config.value.Setting;
import java.util.List;

/** Understands settings that were written for other tools. */
public interface Dialect {
  /**
   * Rewrites settings into those of a record.
   *
   * @param sources the settings, the weakest source first
   * @param names the keys of the record
   */
  Translation translate(List<List<Setting>> sources, KeyNames names);
}
