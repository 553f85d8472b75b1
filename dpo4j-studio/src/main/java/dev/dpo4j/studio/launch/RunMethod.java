/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.value.Secrets;
import java.util.List;

/**
 * A command that trains, as the form offers it.
 *
 * @param command the name of the command
 * @param binder its keys
 * @param required the keys that must be given
 */
public record RunMethod(String command, Binder<?> binder, List<String> required) {
  /** The key of the run folder, which the studio sets itself. */
  static final String OUTPUT = "output_dir";

  public RunMethod {
    required = List.copyOf(required);
  }

  /** The keys that somebody may fill in: neither the run folder, nor a secret. */
  List<Key> fields() {
    return binder.keys().stream()
        .filter(key -> !key.name().equals(OUTPUT) && !Secrets.isSecret(key.name()))
        .toList();
  }
}
