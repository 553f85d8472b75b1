/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.Binder;
import java.util.List;

/**
 * A command that trains, as the form offers it.
 *
 * @param command the name of the command
 * @param binder its keys
 * @param required the keys that must be given
 */
public record RunMethod(String command, Binder<?> binder, List<String> required) {
  public RunMethod {
    required = List.copyOf(required);
  }
}
