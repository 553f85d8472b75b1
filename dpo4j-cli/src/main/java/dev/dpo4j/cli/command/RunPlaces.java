/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.OwnerLock;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Set;

/** What commands that train have in common: the folder that they write, and the data they need. */
public final class RunPlaces {
  private RunPlaces() {}

  /**
   * Takes the folder of {@code output_dir}, which nobody else writes until the lock is closed.
   *
   * @throws ConfigException if it is no folder
   * @throws IOException if somebody else has it, or it cannot be made
   */
  public static OwnerLock own(Path output) throws IOException {
    try {
      return OwnerLock.ofFolder(output);
    } catch (FileAlreadyExistsException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(new Fault("output_dir", output.toString(), reason));
    }
  }

  /** Whether a required key is missing; the files may be named by {@code dataset} as well. */
  public static boolean isRequired(String key, Set<String> given) {
    boolean named = given.contains("dataset") || given.contains("dataset_mixture");
    return !(key.equals("dataset_name") && named);
  }
}
