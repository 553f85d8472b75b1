/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.train.TrainResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The last words of a run. */
final class RunSummary {
  private static final List<String> SHOWN =
      List.of(
          "loss",
          "rewards/margins",
          "rewards/accuracies",
          "logps/chosen_shift",
          "kl",
          "mean_token_accuracy",
          "eval_loss",
          "eval_rewards/margins",
          "eval_rewards/accuracies");

  private RunSummary() {}

  /**
   * Returns where the model is, how long it took, and the last value of the main metrics.
   *
   * @param phases what came before in the same run, by the name of its folder
   */
  static String of(Path output, TrainResult result, Map<String, TrainResult> phases) {
    StringBuilder text = new StringBuilder();
    phases.forEach(
        (name, phase) -> text.append(name).append(": ").append(of(output.resolve(name), phase)));
    return text.append(of(output, result)).toString();
  }

  private static String of(Path output, TrainResult result) {
    StringBuilder text = new StringBuilder();
    String time = Units.time(Duration.ofMillis((long) (result.seconds() * 1000)));
    text.append(result.stopped() ? "stopped after " : "trained ");
    text.append(result.steps()).append(" steps in ").append(time);
    text.append(result.peakMemoryBytes() == 0 ? "" : ", peak memory ");
    text.append(result.peakMemoryBytes() == 0 ? "" : Units.bytes(result.peakMemoryBytes()));
    text.append("\nmodel in ").append(output).append('\n');
    for (String name : SHOWN) {
      result.log().stream()
          .map(TrainResult.LogLine::metrics)
          .filter(metrics -> metrics.containsKey(name))
          .reduce((earlier, later) -> later)
          .ifPresent(metrics -> text.append(line(name, metrics)));
    }
    return text.toString();
  }

  private static String line(String name, Map<String, Double> metrics) {
    return String.format(Locale.ROOT, "  %-24s %.4f%n", name, metrics.get(name));
  }
}
