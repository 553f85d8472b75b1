/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

/** Python's {@code None}; inside the interpreter no value is ever null. */
enum None {
  NONE
}
