/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.machine.OwnJvm;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a real model takes at its peak, by a method.
 *
 * <p>Each run is a process of its own, whose peak is that of nothing else.
 *
 * @param method the command
 * @param models models that it holds
 * @param foretold bytes that its plan says
 * @param peak bytes that the process held at most
 */
record LabMemory(String method, int models, long foretold, long peak) {
  /** Answers of a step: PPO draws them, DPO takes half as many pairs. */
  private static final int ANSWERS = 8;

  private static final long POLL_MILLIS = 200;

  /**
   * Trains a model for two steps by PPO and by DPO, or reads what was measured.
   *
   * @param model its folder or its name on the Hub
   * @return nothing where it was asked to stop or a run failed, which it tells
   */
  static List<LabMemory> of(
      LabData data, String model, Consumer<String> told, BooleanSupplier stopRequested)
      throws IOException {
    Path folder = Files.createDirectories(data.folder().resolve("memory"));
    Runs runs = new Runs(folder, data.pairs(), model, told, stopRequested);
    List<LabMemory> all = new ArrayList<>();
    boolean measured =
        runs.has("reward", 1, all, "--per_device_train_batch_size=2", "--max_steps=1")
            && runs.has(
                "ppo",
                4,
                all,
                "--reward_model_name_or_path=" + folder.resolve("reward"),
                "--response_length=64",
                "--num_ppo_epochs=1",
                "--per_device_train_batch_size=" + ANSWERS,
                "--max_steps=2")
            && runs.has(
                "dpo",
                2,
                all,
                "--precompute_ref_log_probs=false",
                "--per_device_train_batch_size=" + ANSWERS / 2,
                "--max_steps=2");
    return measured ? all.subList(1, all.size()) : List.of();
  }

  /** The runs of a model. */
  private record Runs(
      Path folder, Path pairs, String model, Consumer<String> told, BooleanSupplier stopRequested) {

    /** Adds what a command takes; false if that cannot be said. */
    boolean has(String method, int models, List<LabMemory> all, String... options)
        throws IOException {
      Path file = folder.resolve(method + ".json");
      if (!Files.exists(file)) {
        told.accept("the peak memory of %s with %s".formatted(method, model));
        Path output = folder.resolve(method);
        if (!succeeds(method, output, options)) {
          return false;
        }
        AtomicFile.writeString(
            file, JsonMapper.shared().writeValueAsString(read(method, models, output)) + "\n");
        if (!method.equals("reward")) {
          Folders.delete(output);
        }
      }
      all.add(JsonMapper.shared().readValue(Files.readString(file), LabMemory.class));
      return true;
    }

    private boolean succeeds(String method, Path output, String... options) throws IOException {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  method,
                  "--model_name_or_path=" + model,
                  "--dataset_name=" + pairs,
                  "--output_dir=" + output,
                  "--overwrite_output_dir=true",
                  "--save_strategy=no"));
      arguments.addAll(List.of(options));
      Path log = folder.resolve(method + ".log");
      Process process =
          new ProcessBuilder(OwnJvm.command(arguments))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          if (stopRequested.getAsBoolean()) {
            return false;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } finally {
        process.destroy();
      }
      if (process.exitValue() != 0) {
        told.accept(
            "it ended with exit code %d, so this part is left out: %s says why"
                .formatted(process.exitValue(), log));
      }
      return process.exitValue() == 0;
    }

    private static LabMemory read(String method, int models, Path output) throws IOException {
      long foretold = 0;
      long peak = 0;
      for (String line : Files.readAllLines(output.resolve("events.jsonl"))) {
        JsonNode event = JsonMapper.shared().readTree(line);
        String name = event.path("event").asString();
        foretold = name.equals("plan") ? event.path("memory_bytes").asLong() : foretold;
        peak = name.equals("end") ? event.path("peak_memory_bytes").asLong() : peak;
      }
      return new LabMemory(method, models, foretold, peak);
    }
  }
}
