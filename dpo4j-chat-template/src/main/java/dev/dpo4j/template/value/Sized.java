/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

/** A value that has a length without being a sequence: the variable of a loop. */
public interface Sized extends PyObject {
  /** How many items there are. */
  int length();
}
