/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.Set;
import java.util.TreeSet;

/** Finds the keys that have no effect in a configuration, whoever set them. */
final class InertKeys implements Check {
  private final Set<String> keys = new TreeSet<>();

  private InertKeys() {}

  static Set<String> of(Record value) {
    InertKeys found = new InertKeys();
    Schema.visit(
        value,
        part -> {
          if (part instanceof Checked checked) {
            checked.check(found);
          }
        });
    return found.keys;
  }

  @Override
  public boolean isSet(String key) {
    return false;
  }

  @Override
  public void fault(String key, String message) {
    // A record that was bound has none.
  }

  @Override
  public void noEffect(String key, String reason) {
    keys.add(key);
  }

  @Override
  public void noEffect(Set<String> inert, String reason, String partner) {
    keys.addAll(inert);
  }

  @Override
  public void translated(String key, String message) {
    // It was told when the record was bound.
  }

  @Override
  public void idle(Set<String> inert, String reason) {
    keys.addAll(inert);
  }
}
