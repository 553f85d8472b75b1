/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program that trains with the library in several processes. */
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class TrainerRanksIT {
  /** Sums over other stretches of the rows differ in the last bits of float32. */
  private static final double WEIGHTS = 1e-6;

  private static final PreferenceData PAIRS =
      PreferenceData.ofTexts(
          List.of("a lantern", "the window", "a boat", "the rain"),
          List.of(" in a window", " is open", " on the water", " falls"),
          List.of(" x", " y", " z", " w"));

  /** The program: a model, the folder of the run, rows for each process, how it trains. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      try (Collectives ranks = Collectives.fromEnvironment(Duration.ofMinutes(5));
          Model model = Model.load(Path.of(args[0]))) {
        boolean differs = args[3].equals("differently") && !ranks.leads();
        DpoConfig config =
            DpoConfig.builder()
                .outputDir(Path.of(args[1]))
                .learningRate(differs ? 1e-4 : 1e-5)
                .perDeviceTrainBatchSize(Integer.parseInt(args[2]))
                .numTrainEpochs(2)
                .saveStrategy(SaveStrategy.NO)
                .build();
        DpoTrainer.Builder builder =
            DpoTrainer.builder().model(model).config(config).trainDataset(PAIRS);
        if (!args[3].equals("alone")) {
          builder.ranks(ranks);
        }
        builder.build().train();
      }
    }
  }

  @TempDir private Path folder;
  private Path start;

  @BeforeEach
  void aModel() throws IOException {
    start = TinyModel.write(folder);
  }

  private List<Integer> run(int processes, String name, int rows, String how)
      throws IOException, InterruptedException {
    String[] arguments = {
      start.toString(), folder.resolve(name).toString(), String.valueOf(rows), how
    };
    Path logs = Files.createDirectories(folder.resolve(name + "-logs"));
    List<Integer> codes = new ArrayList<>();
    for (Process process :
        RankedRun.start(processes, logs, ChildRun.program(Program.class, arguments))) {
      codes.add(process.waitFor());
    }
    return codes;
  }

  @Test
  void twoProcessesTrainAsOneAndTheFirstAloneWrites() throws Exception {
    assertThat(run(1, "one", 2, "alone")).containsExactly(0);
    assertThat(run(2, "two", 1, "together"))
        .as(RankedRun.log(folder.resolve("two-logs"), 1))
        .containsExactly(0, 0);
    Path weights = Path.of("model.safetensors");
    assertThat(
            RankedRun.distance(
                folder.resolve("one").resolve(weights), folder.resolve("two").resolve(weights)))
        .isLessThan(WEIGHTS);
  }

  @Test
  void aProcessWithOtherSettingsIsRefusedByAll() throws Exception {
    assertThat(run(2, "other", 1, "differently")).doesNotContain(0);
    for (int rank = 0; rank < 2; rank++) {
      assertThat(RankedRun.log(folder.resolve("other-logs"), rank))
          .contains("configuration", "learning_rate", "rank 1");
    }
  }
}
