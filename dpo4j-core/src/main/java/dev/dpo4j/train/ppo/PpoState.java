/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The numbers of a run that a checkpoint keeps beside its weights.
 *
 * @param updates updates of the policy's weights
 * @param klWeight the weight of the KL penalty
 * @param rows rows that were answered
 * @param flos floating-point operations, sampling and scoring counted
 */
record PpoState(long updates, double klWeight, long rows, double flos) {
  private static final String FILE = "ppo_state.json";

  void write(Path checkpoint) throws IOException {
    AtomicFile.writeString(
        checkpoint.resolve(FILE), JsonMapper.shared().writeValueAsString(this) + "\n");
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws CheckpointException if it is not there or broken
   */
  static PpoState read(Path checkpoint) {
    Path file = checkpoint.resolve(FILE);
    try {
      return JsonMapper.shared().readValue(Files.readString(file), PpoState.class);
    } catch (IOException | JacksonException e) {
      throw new CheckpointException(
          file + " cannot be read: " + e.getMessage() + ". Resume from an earlier checkpoint.", e);
    }
  }
}
