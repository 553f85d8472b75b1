/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.checkpoint.CheckpointStore;
import dev.dpo4j.checkpoint.Manifest;
import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.checkpoint.RunProof;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.TrainerState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks a run folder: each file against its checksum, and the files against each other.
 *
 * <p>Checksums alone do not tell a folder in which two runs have written from that of one: each
 * file is as it was left. So data, configuration, log, state, checkpoints and weights must also
 * tell of the same run.
 */
public final class RunCheck {
  /** The folder, inside a run's own, of the training that came before it. */
  public static final String FIRST_PHASE = "sft";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String FACTS = "facts";

  private final Path run;
  private final JsonNode facts;
  private final List<String> faults = new ArrayList<>();

  private RunCheck(Path run, JsonNode facts) {
    this.run = run;
    this.facts = facts;
  }

  /**
   * Checks a run folder or a checkpoint.
   *
   * @throws CheckpointException when there is no proof, or it cannot be read
   */
  public static RunProof.ProofResult verify(Path run) {
    RunProof.ProofResult sums = RunProof.verify(run);
    if (Files.exists(run.resolve(Manifest.FILE_NAME))) {
      return sums;
    }
    RunCheck check = new RunCheck(run, read(run.resolve(RunProof.FILE_NAME)).path(FACTS));
    check.log();
    check.state();
    check.checkpoints();
    check.strangers();
    List<String> faults = new ArrayList<>(sums.faults());
    faults.addAll(check.faults);
    int files = sums.files();
    List<String> absent = new ArrayList<>(sums.absent());
    Path phase = run.resolve(FIRST_PHASE);
    if (Files.exists(phase.resolve(RunProof.FILE_NAME))) {
      RunProof.ProofResult before = verify(phase);
      before.faults().forEach(fault -> faults.add(FIRST_PHASE + ": " + fault));
      before.absent().stream().filter(file -> !absent.contains(file)).forEach(absent::add);
      files += before.files();
    }
    return new RunProof.ProofResult(files, faults, absent);
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(SmallFile.readString(file));
    } catch (IOException | JacksonException e) {
      throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void differs(String file, String what, Object found, Object expected) {
    faults.add(
        "%s is of another run: %s is %s, expected %s".formatted(file, what, found, expected));
  }

  /** The log ends before or with the last step. */
  private void log() {
    Path file = run.resolve(JsonlSink.FILE_NAME);
    if (!Files.isRegularFile(file)) {
      return; // Its checksum says so already.
    }
    long[] last = {0};
    try {
      JsonlSink.replay(file, (step, epoch, metrics) -> last[0] = step);
    } catch (UncheckedIOException e) {
      faults.add(String.valueOf(e.getMessage()));
      return;
    }
    long steps = facts.path("steps").asLong(-1);
    if (last[0] > steps) {
      differs(JsonlSink.FILE_NAME, "its last step", last[0], "at most " + steps);
    }
  }

  /** The trainer's state holds the lines of the log, and behind them the sum of the run. */
  private void state() {
    Path file = run.resolve(TrainerState.FILE_NAME);
    Path log = run.resolve(JsonlSink.FILE_NAME);
    if (!Files.isRegularFile(file) || !Files.isRegularFile(log)) {
      return;
    }
    try {
      JsonNode state = JSON.readTree(SmallFile.readString(file));
      long steps = facts.path("steps").asLong(-1);
      if (state.path("global_step").asLong(-1) != steps) {
        differs(file.getFileName().toString(), "global_step", state.path("global_step"), steps);
        return;
      }
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(log)) {
        lines.add(JSON.readTree(line));
      }
      JsonNode history = state.path("log_history");
      if (history.size() != lines.size() + 1) {
        differs(
            file.getFileName().toString(),
            "the number of its entries",
            history.size(),
            lines.size() + 1);
        return;
      }
      double loss = history.get(lines.size()).path("train_loss").asDouble(Double.NaN);
      double expected = facts.path("train_loss").asDouble(Double.NaN);
      if (Double.compare(loss, expected) != 0) {
        differs(file.getFileName().toString(), "train_loss", loss, expected);
      }
      for (int i = 0; i < lines.size(); i++) {
        compareLine(file.getFileName() + ", entry " + (i + 1), history.get(i), lines.get(i));
      }
    } catch (IOException | JacksonException e) {
      faults.add(file.getFileName() + " cannot be read: " + e.getMessage());
    }
  }

  private void compareLine(String where, JsonNode entry, JsonNode line) {
    for (Map.Entry<String, JsonNode> metric : line.properties()) {
      JsonNode found = entry.path(metric.getKey());
      if (!found.asString("").equals(metric.getValue().asString(""))) {
        differs(where, metric.getKey(), found, metric.getValue() + " as in " + JsonlSink.FILE_NAME);
        return;
      }
    }
  }

  private void checkpoints() {
    CheckpointStore store = new CheckpointStore(run);
    for (long step : store.steps()) {
      Path folder = store.folder(step);
      String name = String.valueOf(folder.getFileName());
      try {
        if (Manifest.faults(folder).isEmpty()) {
          checkpoint(name, folder, step);
        }
      } catch (CheckpointException | IOException e) {
        faults.add(name + " cannot be compared: " + e.getMessage());
      }
    }
  }

  private void checkpoint(String name, Path folder, long step) throws IOException {
    if (step > facts.path("steps").asLong(Long.MAX_VALUE)) {
      differs(name, "its step", step, "at most " + facts.path("steps"));
    }
    if (Files.exists(folder.resolve(ResumeState.FILE_NAME))) {
      ResumeState state = ResumeState.read(folder);
      String data = facts.path("tokenized_data_sha256").asString("");
      if (state.progress().step() != step) {
        differs(name, "the step in " + ResumeState.FILE_NAME, state.progress().step(), step);
      } else if (!state.origin().dataSha256().equals(data)) {
        differs(name, "the checksum of the tokenised data", state.origin().dataSha256(), data);
      } else if (state.progress().maxSteps() > facts.path("max_steps").asLong(-1)) {
        differs(name, "max_steps", state.progress().maxSteps(), facts.path("max_steps"));
      }
      sameConfiguration(name, folder);
      beginsWith(name, run.resolve(JsonlSink.FILE_NAME), folder.resolve(JsonlSink.FILE_NAME));
    }
    if (step == facts.path("steps").asLong(-1) && !takesBest()) {
      sameWeights(name, folder);
    }
  }

  private void sameConfiguration(String name, Path checkpoint) throws IOException {
    try {
      List<String> keys = ResumePoint.differences(checkpoint.resolve(ResumePoint.CONFIG), config());
      if (!keys.isEmpty()) {
        differs(
            name, "its configuration", "other in " + String.join(", ", keys), "that of the run");
      }
    } catch (ConfigException e) {
      faults.add(name + ": a configuration cannot be read: " + e.getMessage());
    }
  }

  private String config() throws IOException {
    Path file = run.resolve(ResumePoint.CONFIG);
    return Files.isRegularFile(file) ? SmallFile.readString(file) : "";
  }

  private boolean takesBest() throws IOException {
    return config().contains("load_best_model_at_end: true");
  }

  /** The log of a checkpoint is the beginning of the run's log. */
  private void beginsWith(String name, Path whole, Path part) throws IOException {
    if (!Files.isRegularFile(whole) || !Files.isRegularFile(part)) {
      return;
    }
    byte[] all = Files.readAllBytes(whole);
    byte[] beginning = Files.readAllBytes(part);
    if (beginning.length > all.length
        || !Arrays.equals(beginning, 0, beginning.length, all, 0, beginning.length)) {
      differs(name, "its log", "other", "the beginning of " + JsonlSink.FILE_NAME);
    }
  }

  private void sameWeights(String name, Path checkpoint) throws IOException {
    for (Path file : weights(checkpoint).values()) {
      Path result = run.resolve(file.getFileName());
      if (Files.isRegularFile(result) && !Checksums.of(result).equals(Checksums.of(file))) {
        differs(name, file.getFileName() + " after the last step", "other", "that of the result");
      }
    }
  }

  private static Map<String, Path> weights(Path folder) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      all.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(".safetensors"))
          .filter(file -> !file.getFileName().toString().equals(RunCheckpoints.OPTIMIZER))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .forEach(file -> files.put(file.getFileName().toString(), file));
    }
    return files;
  }

  /** Weights that the run did not write would be loaded together with its own. */
  private void strangers() {
    JsonNode outputs = read(run.resolve(RunProof.FILE_NAME)).path("outputs");
    try {
      for (String name : weights(run).keySet()) {
        if (!outputs.has(name)) {
          faults.add(name + " was not written by this run");
        }
      }
    } catch (IOException e) {
      faults.add(run + " cannot be listed: " + e.getMessage());
    }
  }
}
