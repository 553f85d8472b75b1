/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.run.RunHooks;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains a reward model on preference pairs. */
@Command(
    name = "reward",
    description = {
      "Train a reward model on preference pairs (Bradley-Terry).",
      "",
      "The keys are those of TRL's RewardConfig. The model gives one number to a whole answer; a "
          + "language model gets a score in the place of its head. Rows are the preference pairs "
          + "of dpo, with or without a column margin. Ctrl-C finishes the step, saves and exits "
          + "with 130; --resume_from_checkpoint auto goes on there."
    })
public final class RewardCommand extends TrainCommand<RewardConfig, PreferenceDataset> {

  public RewardCommand(Console console, Interruption interruption) {
    super(RewardConfig.binder(), console, interruption);
  }

  @Override
  @Nullable String modelFolder(RewardConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(RewardConfig config) {
    return null;
  }

  @Override
  LanguageModel load(Path folder, RewardConfig config) {
    return config.texts().rewardModel(folder, config.peft().base(), config.loop().seed());
  }

  @Override
  List<String> next(Path output) {
    return List.of("score", "--model_name_or_path", output.toString(), "--dataset_name", "FILE");
  }

  @Override
  PreferenceDataset read(ChatTokenizer tokenizer, RewardConfig config, DataSource source) {
    return PreferenceRows.read(source, config.data().ranked())
        .tokenizeSequences(tokenizer, config.data().tokenizeOptions(), watch());
  }

  @Override
  DataReport report(PreferenceDataset data) {
    return data.report();
  }

  @Override
  TrainResult train(Inputs<PreferenceDataset> inputs, RewardConfig config, RunHooks hooks) {
    return RewardRun.of(parts(inputs), config, hooks).run();
  }

  @Override
  RunPlan plan(Inputs<PreferenceDataset> inputs, RewardConfig config) {
    return RewardRun.of(parts(inputs), config, RunHooks.NONE).plan();
  }

  private static RewardRun.Parts parts(Inputs<PreferenceDataset> inputs) {
    return new RewardRun.Parts(inputs.policy(), inputs.train(), inputs.eval());
  }
}
