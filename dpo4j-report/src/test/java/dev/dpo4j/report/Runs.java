/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/** Makes run folders as a run leaves them. */
public final class Runs {
  private Runs() {}

  /** A finished DPO run with everything that a folder can hold. */
  public static Path whole(Path folder, double margin, long seed) throws IOException {
    Files.createDirectories(folder);
    metrics(folder, 200, margin, seed);
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        # Model
        model_name_or_path: models/base
        # Loss
        beta: %s
        # ld_alpha: null
        # Output and logging
        output_dir: %s
        """
            .formatted(margin, folder));
    events(folder, 0.1 * margin);
    Files.writeString(
        folder.resolve("run.json"),
        """
        {"format": "dpo4j-run", "version": 1,
         "facts": {"status": "finished", "steps": 200, "tokenized_data_sha256": "%s"},
         "inputs": {"model": {"path": "/models/base",
           "files": {"config.json": {"size": 3, "sha256": "ab12"}}}},
         "outputs": {"model.safetensors": {"size": 7, "sha256": "cd34"}}, "sha256": "ef56"}
        """
            .formatted("da7a" + seed));
    Files.writeString(
        folder.resolve("completions.jsonl"),
        """
        {"step": 0, "prompt": "How do I cook rice?", "reference": "No idea, ask someone else.", "policy": "No idea, ask someone else."}
        {"step": 200, "prompt": "How do I cook rice?", "reference": "No idea, ask someone else.", "policy": "Rinse it, then ask for <b>one part rice</b> and two parts water."}
        {"step": 200, "prompt": "怎么煮米饭？", "reference": "不知道，别问我。", "policy": "先淘米，再加水，别忘了盖上锅盖。"}
        """);
    return folder;
  }

  /** The log alone. */
  public static void metrics(Path folder, int steps, double margin, long seed) throws IOException {
    Random random = new Random(seed);
    try (BufferedWriter out = Files.newBufferedWriter(folder.resolve("metrics.jsonl"))) {
      for (int step = 1; step <= steps; step++) {
        double done = step / (double) steps;
        double noise = 0.05 * random.nextGaussian();
        out.write(
            String.format(
                Locale.ROOT,
                "{\"step\": %d, \"epoch\": %f, \"loss\": %.6f, \"grad_norm\": %.5f, \"learning_rate\": %.3e, \"num_tokens\": %d, \"rewards/chosen\": %.5f, \"rewards/rejected\": %.5f, \"rewards/accuracies\": %.4f, \"rewards/margins\": %.5f, \"logps/chosen\": %.4f, \"logps/rejected\": %.4f, \"logps/chosen_shift\": %.5f}%n",
                step,
                done,
                0.69 - 0.3 * done + noise,
                5 + 10 * Math.abs(noise),
                1e-5 * (1 - done),
                step * 1000L,
                -0.2 * done + noise,
                -0.2 * done - margin * done + noise,
                Math.min(1, 0.5 + 0.4 * done + noise),
                margin * done,
                -120 - 9 * done + noise,
                -118 - 30 * done + noise,
                -0.1 * done));
        if (step % 50 == 0) {
          out.write(
              String.format(
                  Locale.ROOT,
                  "{\"step\": %d, \"epoch\": %f, \"eval_loss\": %.6f, \"eval_rewards/accuracies\": %.4f, \"eval_rewards/margins\": %.5f}%n",
                  step,
                  done,
                  0.69 - 0.25 * done,
                  0.5 + 0.3 * done,
                  0.8 * margin * done));
        }
      }
    }
  }

  private static void events(Path folder, double changed) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        {"event": "data", "time": "2026-01-05T08:00:00Z", "role": "train", "source": "pairs.jsonl", "rows_read": 1000, "rows_kept": 990, "tokens": 123456, "dropped": {"prompt_too_long": {"count": 10, "rows": [3, 14, 15], "description": "prompt reaches max_length"}}, "cut": {"chosen_cut": {"count": 2, "rows": [7, 8], "description": "chosen answer cut"}}, "noted": {}, "lengths": {"prompt": {"mean": 40.5, "min": 3, "max": 900}}}
        {"event": "plan", "time": "2026-01-05T08:00:01Z", "method": "dpo", "model": "base", "parameters": 134515008, "trained": 134515008, "engine": "an engine"}
        {"event": "warning", "time": "2026-01-05T08:00:02Z", "name": "displacement", "message": "at step 120 the chosen answers have lost 0.061 nats per token against the reference: a smaller learning_rate helps."}
        {"event": "start", "time": "2026-01-05T08:00:02Z", "step": 0, "max_steps": 200, "dpo4j": "1.0", "java": "17", "changed": {"beta": {"value": "%s", "default": "0.1"}}}
        """
            .formatted(changed));
    for (int step = 10; step <= 200; step += 10) {
      text.append(
          "{\"event\": \"speed\", \"step\": %d, \"seconds\": %d, \"tokens_per_second\": %d, \"memory_bytes\": %d}\n"
              .formatted(step, step, 900 + step % 30, 1_500_000_000L + step * 1000L));
    }
    text.append(
        "{\"event\": \"end\", \"status\": \"finished\", \"step\": 200, \"seconds\": 3725.5, \"peak_memory_bytes\": 2000000000}\n");
    Files.writeString(folder.resolve("events.jsonl"), text);
  }
}
