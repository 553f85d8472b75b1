/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.KtoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.SftTrainer;
import dev.dpo4j.api.TrainingData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.single.KtoLoss;
import dev.dpo4j.train.sft.SftLossType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every loss of every method that processes can share, in one process and in two. */
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class LossRanksIT {
  /** Sums over other stretches of the rows differ in the last bits of float32. */
  private static final double WEIGHTS = 1e-6;

  /** Rows of one batch, whose answers differ in length: losses over the batch see all of them. */
  private static final int ROWS = 4;

  /**
   * Trains with each loss in turn, in the same processes: a model, the folder of all runs, the
   * number of processes.
   */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Path model = Path.of(args[0]);
      Path output = Path.of(args[1]);
      int rows = ROWS / Integer.parseInt(args[2]);
      try (Collectives ranks = Collectives.fromEnvironment(Duration.ofMinutes(5))) {
        for (LossType loss : LossType.values()) {
          DpoConfig config =
              DpoConfig.of(yaml(output, "dpo-" + loss.configName(), rows) + own(loss));
          try (Model policy = Model.load(model)) {
            DpoTrainer.builder()
                .model(policy)
                .config(config)
                .trainDataset(PreferenceData.ofRows(pairs()))
                .ranks(ranks)
                .build()
                .train();
          }
        }
        for (KtoLoss.Kind loss : KtoLoss.Kind.values()) {
          String name = loss.configName();
          String yaml = yaml(output, "kto-" + name, rows) + "loss_type: " + name;
          try (Model policy = Model.load(model)) {
            KtoTrainer.builder()
                .model(policy)
                .config(KtoConfig.of(yaml))
                .trainDataset(TrainingData.ofRows(answers()))
                .ranks(ranks)
                .build()
                .train();
          }
        }
        for (SftLossType loss : SftLossType.values()) {
          String name = loss.configName();
          String yaml = yaml(output, "sft-" + name, rows) + "loss_type: " + name;
          try (Model policy = Model.load(model)) {
            SftTrainer.builder()
                .model(policy)
                .config(SftConfig.of(yaml))
                .trainDataset(TrainingData.ofRows(answers()))
                .ranks(ranks)
                .build()
                .train();
          }
        }
      }
    }

    private static String yaml(Path output, String name, int rows) {
      return """
      output_dir: %s
      per_device_train_batch_size: %d
      max_steps: 3
      learning_rate: 1e-5
      lr_scheduler_type: constant
      save_strategy: 'no'
      """
          .formatted(output.resolve(name), rows);
    }

    private static String own(LossType loss) {
      return "loss_type: "
          + loss.configName()
          + (loss.uses(LossOption.LABEL_SMOOTHING) ? "\nlabel_smoothing: 0.1" : "");
    }

    private static List<Map<String, Object>> pairs() {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (int i = 0; i < 2 * ROWS; i++) {
        rows.add(
            Map.of(
                "prompt", "lantern " + i,
                "chosen", " in the window" + " a".repeat(i % 3),
                "rejected", " x" + " the".repeat(i * 5 % 4)));
      }
      return rows;
    }

    private static List<Map<String, Object>> answers() {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Map<String, Object> pair : pairs()) {
        boolean good = rows.size() % 3 != 1;
        rows.add(
            Map.of(
                "prompt", pair.get("prompt"),
                "completion", pair.get(good ? "chosen" : "rejected"),
                "label", good));
      }
      return rows;
    }
  }

  @Test
  void everyLossTrainsInTwoProcessesAsInOne(@TempDir Path folder) throws Exception {
    Path start = TinyModel.write(folder);
    for (int processes : new int[] {1, 2}) {
      Path logs = Files.createDirectory(folder.resolve("logs" + processes));
      Path output = folder.resolve("by" + processes);
      List<String> command =
          ChildRun.program(
              Program.class, start.toString(), output.toString(), String.valueOf(processes));
      for (Process process : RankedRun.start(processes, logs, command)) {
        assertThat(process.waitFor()).as(RankedRun.log(logs, 0)).isZero();
      }
    }
    Path weights = Path.of("model.safetensors");
    for (String run : runs()) {
      Path one = folder.resolve("by1").resolve(run).resolve(weights);
      Path two = folder.resolve("by2").resolve(run).resolve(weights);
      assertThat(RankedRun.distance(one, two)).as(run).isLessThan(WEIGHTS);
      assertThat(RankedRun.distance(start.resolve(weights), one))
          .as("what %s has learnt", run)
          .isGreaterThan(10 * WEIGHTS);
    }
  }

  private static List<String> runs() {
    List<String> runs = new ArrayList<>();
    LossType.names().forEach(name -> runs.add("dpo-" + name));
    for (KtoLoss.Kind loss : KtoLoss.Kind.values()) {
      runs.add("kto-" + loss.configName());
    }
    for (SftLossType loss : SftLossType.values()) {
      runs.add("sft-" + loss.configName());
    }
    return runs;
  }
}
