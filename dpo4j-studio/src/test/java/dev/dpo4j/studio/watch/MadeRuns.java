/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.studio.launch.RunMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes run folders, and lets them grow as a run would. */
final class MadeRuns {
  private MadeRuns() {}

  /** A method with some keys. */
  record Form(
      @Option(help = "The model.") @Nullable String modelNameOrPath,
      @Option(help = "The rows.") @Nullable String datasetName,
      @Option(help = "Where to write.") @Nullable String outputDir,
      @Option(defaultValue = "0.1", range = "(0,inf)", help = "How strict.") double beta,
      @Option(defaultValue = "false", help = "Whether to shuffle.") boolean shuffle) {}

  /** A studio whose runs are a shell that says what it was given. */
  static StudioSetup setup(@Nullable String token) {
    RunMethod method =
        new RunMethod("dpo", Binder.of(Form.class), List.of("model_name_or_path", "dataset_name"));
    List<String> program = List.of("sh", "-c", "echo started \"$@\"; cat \"$3\"; exit 3", "sh");
    return new StudioSetup(token, List.of(method), program, "./dpo4j");
  }

  /** A run that has begun, with some steps. */
  static Path begin(Path folder, int steps) throws IOException {
    Files.createDirectories(folder);
    add(
        folder,
        "events.jsonl",
        """
        {"event": "data", "time": "2026-01-05T08:00:00Z", "role": "train", "source": "pairs.jsonl", "rows_read": 100, "rows_kept": 98, "tokens": 12345, "dropped": {"prompt_too_long": {"count": 2, "rows": [3, 14], "description": "prompt reaches max_length"}}, "cut": {}, "noted": {}, "lengths": {}}
        {"event": "plan", "time": "2026-01-05T08:00:01Z", "method": "dpo", "model": "tiny", "parameters": 1000, "trained": 1000, "engine": "an engine"}
        {"event": "start", "time": "2026-01-05T08:00:02Z", "step": 0, "max_steps": 500, "dpo4j": "1.0", "java": "17", "changed": {"beta": {"value": "0.2", "default": "0.1"}}}
        """);
    add(folder, "config.yaml", "beta: 0.2\noutput_dir: out\n");
    steps(folder, 1, steps);
    return folder;
  }

  /** Adds steps to the log. */
  static void steps(Path folder, int first, int last) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int step = first; step <= last; step++) {
      lines.append(
          String.format(
              Locale.ROOT,
              "{\"step\": %d, \"epoch\": 0.5, \"loss\": %.4f, \"rewards/accuracies\": %.4f, \"grad_norm\": %.3f}%n",
              step,
              0.69 - step * 1e-3 + 0.01 * Math.sin(step),
              0.5 + step * 1e-3,
              5 + Math.cos(step)));
    }
    add(folder, "metrics.jsonl", lines.toString());
  }

  /** Tells that the run has ended. */
  static void end(Path folder, String status) throws IOException {
    add(
        folder,
        "events.jsonl",
        "{\"event\": \"end\", \"status\": \"%s\", \"seconds\": 12.5}\n".formatted(status));
  }

  /** Adds text to a file of the run. */
  static void add(Path folder, String file, String text) throws IOException {
    Files.writeString(
        folder.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
