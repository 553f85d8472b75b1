/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run of online DPO keeps from step to step beside the weights.
 *
 * @param flos floating-point operations of each step
 * @param prompts prompts that were answered
 * @param skipped prompts that gave no pair
 * @param unknown answers without a reward
 * @param empty answers without a token
 * @param pairs pairs of the rollout at hand that are yet to be trained on
 */
record OnlineState(
    List<Double> flos, long prompts, long skipped, long unknown, long empty, List<KeptPair> pairs) {
  /** The name of the file in a checkpoint. */
  static final String FILE_NAME = "rollout.json";

  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * A pair as it is written.
   *
   * @param place of its prompt in the data
   * @param chosen tokens of the best answer
   * @param rejected tokens of the worst
   */
  @SuppressWarnings("ArrayRecordComponent") // a file's content on its way; never compared
  record KeptPair(int place, int[] chosen, int[] rejected) {}

  void write(Path checkpoint) throws IOException {
    AtomicFile.writeString(checkpoint.resolve(FILE_NAME), JSON.writeValueAsString(this));
  }

  /**
   * Reads what a checkpoint holds.
   *
   * @throws CheckpointException if it holds no such state
   */
  static OnlineState read(Path checkpoint) {
    Path file = checkpoint.resolve(FILE_NAME);
    try {
      return JSON.readValue(Files.readString(file), OnlineState.class);
    } catch (IOException | JacksonException e) {
      throw new CheckpointException(
          "%s cannot be read, which holds the pairs that the run goes on with: %s. Resume from another checkpoint."
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
