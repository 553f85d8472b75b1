/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

/** A record that has rules across its components, all of which are reported together. */
public interface Checked {
  /** Reports every broken rule to {@code check}. */
  void check(Check check);
}
