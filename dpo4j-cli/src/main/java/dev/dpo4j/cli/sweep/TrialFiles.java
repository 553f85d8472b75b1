/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Checksums;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What a run of a sweep leaves in its folder for the sweep. */
final class TrialFiles {
  /** The name of the file with the figures. */
  static final String FILE_NAME = "sweep-run.json";

  private static final JsonMapper JSON = JsonMapper.shared();

  /** Keys that change nothing that is measured. */
  private static final List<String> PLACES =
      List.of("output_dir", "overwrite_output_dir", "resume_from_checkpoint", "ref_logps_cache");

  private final String dataSha256;
  private final SweepOptions options;
  private final boolean overwrite;

  /**
   * Looks after the files of a sweep.
   *
   * @param dataSha256 checksum of the rows
   * @param overwrite whether what was measured in other circumstances is done anew
   */
  TrialFiles(String dataSha256, SweepOptions options, boolean overwrite) {
    this.dataSha256 = dataSha256;
    this.options = options;
    this.overwrite = overwrite;
  }

  /**
   * A file.
   *
   * @param circumstances checksum of all that decides about the figures
   * @param run what was measured
   */
  private record Stored(String circumstances, SweepTrial run) {}

  /**
   * Returns what an earlier process measured, or null.
   *
   * @throws ConfigException if it was measured in other circumstances
   */
  @Nullable SweepTrial find(SweepTrials.Trial trial) {
    Path file = trial.folder().resolve(FILE_NAME);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    Stored stored;
    try {
      stored = JSON.readValue(Files.readString(file), Stored.class);
    } catch (JacksonException e) {
      return null; // Half a file: the run is done anew.
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
    if (stored.circumstances().equals(circumstances(trial))) {
      return stored.run();
    }
    if (overwrite) {
      return null;
    }
    throw new ConfigException(
        new Fault(
            "output_dir",
            file.toString(),
            "holds a run of a sweep with other keys, other data or another measurement: name"
                + " another output_dir, or set overwrite_output_dir true to do it anew"));
  }

  void write(SweepTrials.Trial trial, SweepTrial measured) throws IOException {
    Files.createDirectories(trial.folder());
    Stored stored = new Stored(circumstances(trial), measured);
    AtomicFile.writeString(
        trial.folder().resolve(FILE_NAME), JSON.writeValueAsString(stored) + "\n");
  }

  private String circumstances(SweepTrials.Trial trial) {
    String keys =
        trial
            .config()
            .toYaml()
            .lines()
            .filter(line -> PLACES.stream().noneMatch(key -> line.startsWith(key + ":")))
            .collect(Collectors.joining("\n"));
    return Checksums.of(
        "%s\n%s\n%d %d".formatted(keys, dataSha256, options.klPrompts(), options.klMaxNewTokens()));
  }

  /**
   * Deletes weights that nobody wants to keep.
   *
   * @param done the run that has just ended
   * @param beaten the run that is not the best because of it, perhaps itself
   */
  void prune(SweepTrials.Trial done, SweepTrials.@Nullable Trial beaten) throws IOException {
    switch (options.keepModels()) {
      case "all" -> {}
      case "best" -> {
        if (beaten != null) {
          deleteWeights(beaten.folder());
        }
      }
      default -> deleteWeights(done.folder());
    }
  }

  private static void deleteWeights(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors")) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
