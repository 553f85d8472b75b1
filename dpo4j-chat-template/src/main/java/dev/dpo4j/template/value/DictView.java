/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.util.List;

/**
 * What {@code d.keys()}, {@code d.values()} and {@code d.items()} give: iterable, not indexable.
 */
public record DictView(PyDict dict, Kind kind) {

  /** Which part of the dict is seen. */
  public enum Kind {
    KEYS("dict_keys"),
    VALUES("dict_values"),
    ITEMS("dict_items");

    public final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }
  }

  List<Object> list() {
    return switch (kind) {
      case KEYS -> dict.keys();
      case VALUES -> dict.values();
      case ITEMS -> dict.items();
    };
  }
}
