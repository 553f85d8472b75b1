/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

/** Python's {@code None}; inside the interpreter no value is ever null. */
public enum None {
  NONE
}
