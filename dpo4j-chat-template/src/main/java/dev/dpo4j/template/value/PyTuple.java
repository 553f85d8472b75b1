/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.util.List;

/**
 * A Python tuple; {@code names} are the attribute names of a named tuple, empty for a plain one.
 */
public record PyTuple(List<Object> items, List<String> names) {

  public static PyTuple of(List<Object> items) {
    return new PyTuple(items, List.of());
  }

  public static PyTuple of(Object... items) {
    return of(List.of(items));
  }
}
