/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.io.Folders;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the trained model so that a full disk, a quota or a folder that cannot be written any more
 * does not cost the weights.
 */
final class FinalWrite {
  private final LanguageModel policy;
  private final Path folder;

  FinalWrite(LanguageModel policy, Path folder) {
    this.policy = policy;
    this.folder = folder;
  }

  /**
   * Writes the model.
   *
   * @param checkpoint a whole checkpoint that has these very weights, or null
   * @throws UncheckedIOException if it cannot be written; the message says where the weights are
   *     and what finishes the run
   */
  void write(@Nullable Path checkpoint) {
    try {
      OutputFolder.requireRoomForResult(folder, bytes());
      policy.save(folder, DType.FLOAT32);
    } catch (IOException e) {
      throw failed(e, checkpoint);
    } catch (UncheckedIOException e) {
      throw failed(Objects.requireNonNull(e.getCause()), checkpoint);
    }
  }

  private long bytes() {
    return policy.trained().count() * Float.BYTES;
  }

  private UncheckedIOException failed(IOException cause, @Nullable Path checkpoint) {
    String message =
        "The model could not be written to %s: %s. Nothing that was there before is damaged; make room or choose another output_dir. %s"
            .formatted(
                folder, cause.getMessage(), checkpoint != null ? kept(checkpoint) : rescue());
    return new UncheckedIOException(message, cause);
  }

  private static String kept(Path checkpoint) {
    return "The trained weights are whole in "
        + checkpoint
        + ": the same command with --resume_from_checkpoint auto trains nothing again and writes the"
        + " result.";
  }

  /** Without a checkpoint the weights are in memory only; any other place is better than none. */
  private String rescue() {
    String name = "dpo4j-rescued-" + folder.toAbsolutePath().normalize().getFileName();
    for (Path base :
        List.of(
            Path.of(System.getProperty("java.io.tmpdir")),
            Path.of(System.getProperty("user.home")))) {
      Path place = base.resolve(name + "-" + ProcessHandle.current().pid());
      try {
        Files.createDirectories(place);
        OutputFolder.requireRoomForResult(place, bytes());
        policy.save(place, DType.FLOAT32);
        return "The trained weights were written to " + place + " instead: move them from there.";
      } catch (IOException | UncheckedIOException e) {
        discard(place);
      }
    }
    return "No other place had room for them either, so they are lost; with save_strategy steps a"
        + " checkpoint would have kept them.";
  }

  private static void discard(Path place) {
    try {
      Folders.delete(place);
    } catch (IOException e) {
      return; // What is left of a place that could not be written.
    }
  }
}
