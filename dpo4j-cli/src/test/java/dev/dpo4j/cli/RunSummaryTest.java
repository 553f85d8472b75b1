/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Language;
import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.cli.train.RunProgress;
import dev.dpo4j.cli.train.RunSummary;
import dev.dpo4j.train.loop.TrainResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {
  private static final Map<String, Double> METRICS =
      Map.of("loss", 0.5, "rewards/accuracies", 0.75, "rewards/margins", 1.25);

  private static RunProgress.Phase phase(long steps, long now, boolean stopped) {
    TrainResult.LogLine line = new TrainResult.LogLine(steps, 1, METRICS);
    TrainResult result =
        new TrainResult(steps, stopped, 0.6, 3723, now, 1e9, 2_000_000_000L, List.of(line));
    return new RunProgress.Phase(result, 1234);
  }

  private static String of(RunProgress.Phase phase, Language language, boolean resumable) {
    List<String> next =
        List.of("generate", "--model_name_or_path", "runs/a b", "--prompt", "Hello");
    return new RunSummary(Path.of("runs/a b"), language, 80).of(phase, Map.of(), resumable, next);
  }

  @Test
  void aRunEndsWithItsNumbersItsResultAndTheNextCommand() {
    assertThat(of(phase(25, 25, false), Language.EN, true))
        .isEqualTo(
            """
            trained 25 steps in 1:02:03
              loss                     0.5000
              rewards/accuracies       0.7500
              rewards/margins          1.2500
              speed                    1234 tokens/s
              peak memory              2.0 GB
              result                   runs/a b
            next: dpo4j generate --model_name_or_path 'runs/a b' --prompt Hello
            """);
  }

  @Test
  void oneStepIsNotStepsAndAFinishedRunIsCalledThat() {
    assertThat(of(phase(1, 1, false), Language.EN, true)).startsWith("trained 1 step in");
    assertThat(of(phase(25, 0, false), Language.EN, true))
        .startsWith("already finished: an earlier run did all 25 steps");
  }

  @Test
  void aRunThatWasStoppedTellsHowItGoesOn() {
    assertThat(of(phase(3, 3, true), Language.EN, true))
        .startsWith("stopped after 3 steps")
        .endsWith("next: the same command with --resume_from_checkpoint auto\n");
    assertThat(of(phase(3, 3, true), Language.EN, false))
        .contains("--overwrite_output_dir true", "left no checkpoint");
  }

  @Test
  void chineseLabelsAreAsWideAsEnglishOnes() {
    String chinese = of(phase(25, 25, false), Language.ZH, true);
    assertThat(chinese).startsWith("训练完成：25 步，用时 1:02:03").contains("下一步：dpo4j");
    assertThat(chinese.lines().filter(line -> line.contains("内存峰值")).findFirst())
        .hasValueSatisfying(
            line -> assertThat(TextWidth.of(line.substring(0, line.indexOf('2')))).isEqualTo(27));
  }

  @Test
  void theLocaleDecidesUnlessALanguageIsAskedFor() {
    Map<String, String> chinese = Map.of("LANG", "zh_CN.UTF-8");
    assertThat(Language.of("", chinese)).isEqualTo(Language.ZH);
    assertThat(Language.of("en", chinese)).isEqualTo(Language.EN);
    assertThat(Language.of("zh", Map.of())).isEqualTo(Language.ZH);
    assertThat(Language.of("", Map.of("LC_ALL", "C", "LANG", "zh_CN.UTF-8")))
        .isEqualTo(Language.EN);
  }
}
