/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.judge.PromptTexts;
import dev.dpo4j.model.DeviceOptions;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who judges, and by what. */
record JudgeModelOptions(
    @Option(
            help =
                "Folder of a reward model on this machine that judges: of two answers the one with "
                    + "the higher reward is better. No endpoint is asked then.")
        @Nullable String rewardModelNameOrPath,
    @Option(help = "Name of the model that judges.") @Nullable String judgeModel,
    @Option(help = "Text file with the criteria for the judge; null uses the built-in one.")
        @Nullable Path rubric,
    @Option(
            defaultValue = "0.0",
            range = "[0,2]",
            help = "Temperature of the judge; null leaves it to the server.")
        @Nullable Double judgeTemperature,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Maximum number of tokens for a verdict and its reason; null leaves it to the "
                    + "server.")
        @Nullable Integer judgeMaxTokens,
    @Option(help = "Device") DeviceOptions device)
    implements Checked {

  /** What says where a reward model computes. */
  private static final Set<String> DEVICE = Set.of("device", "engine", "use_cpu");

  @Override
  public void check(Check check) {
    if (rewardModelNameOrPath != null) {
      check.noEffect(
          Set.of("judge_model", "rubric", "judge_temperature", "judge_max_tokens"),
          "with reward_model_name_or_path");
    } else {
      check.noEffect(DEVICE, "without reward_model_name_or_path");
    }
  }

  /** Returns the rubric's text. */
  String rubricText() {
    return rubric == null ? PromptTexts.rubric() : PromptTexts.ofFile("rubric", rubric);
  }
}
