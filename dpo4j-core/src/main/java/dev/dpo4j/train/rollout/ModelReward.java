/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.token.PairTokenizer;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.TokenizerException;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Judges answers with a reward model.
 *
 * <p>Prompt and answer are put into the reward model's own template and vocabulary, as texts, so
 * that they need not be those of the policy.
 */
public final class ModelReward extends ScoredReward {
  private final PairTokenizer tokenizer;

  /**
   * Judges with a model, which the caller closes after this.
   *
   * @throws IllegalArgumentException if it is no reward model
   */
  public ModelReward(LanguageModel reward, ComputeOptions compute) {
    this(reward, compute, false);
  }

  private ModelReward(LanguageModel reward, ComputeOptions compute, boolean owned) {
    super(reward, compute, owned);
    this.tokenizer = new PairTokenizer(reward.chat(), TokenizeOptions.ofMaxLength(null));
  }

  /**
   * Loads a reward model to judge with, which is closed with this.
   *
   * @throws dev.dpo4j.model.family.ModelConfigException if the folder holds another model
   */
  public static ModelReward load(Path folder, ComputeOptions compute) {
    return owning(LanguageModel.loadReward(folder), compute);
  }

  /**
   * Judges with a model, which is closed with this, and if this fails.
   *
   * @throws IllegalArgumentException if it is no reward model
   */
  public static ModelReward owning(LanguageModel reward, ComputeOptions compute) {
    try {
      return new ModelReward(reward, compute, true);
    } catch (RuntimeException e) {
      reward.close();
      throw e;
    }
  }

  @Override
  public void open(LanguageModel policy, TokenizedPrompt prompt, RunContext run) {
    difference(policy).ifPresent(text -> run.listener().onWarning("reward_model", text));
    try {
      sequence(new RolloutSample(0, prompt, new Completion(new int[0], true), "."));
    } catch (TokenizerException | RowFault e) {
      throw new ConfigException(
          new Fault(
              "reward_model_name_or_path",
              model().folder().toString(),
              "cannot read the prompts, such as that of %s: %s"
                  .formatted(prompt.origin(), e.getMessage())));
    }
  }

  /** What is to be said where the model reads otherwise than the policy writes. */
  private Optional<String> difference(LanguageModel policy) {
    String own = model().chat().fingerprint();
    String other = policy.chat().fingerprint();
    return own.equals(other) && !own.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s has another vocabulary or chat template than the policy: answers are put into its own, as texts"
                .formatted(model().folder()));
  }

  /** Answers to one prompt share its beginning; others have nothing to share. */
  @Override
  protected boolean apart(RolloutSample before, RolloutSample sample) {
    return before.place() != sample.place();
  }

  @Override
  protected int[] sequence(RolloutSample sample) {
    TokenizedPrompt row = sample.prompt();
    RowInfo info = new RowInfo(row.row(), row.origin(), Set.of(), Map.of(), Set.of(), Map.of());
    TrainingText text;
    if (row.prompt() instanceof Prompt.Chat chat) {
      List<Message> answer = List.of(Message.assistant(sample.text()));
      text = new TrainingText.ChatCompletion(info, chat.messages(), answer, chat.context(), null);
    } else {
      text = new TrainingText.TextCompletion(info, row.prompt().plain(), sample.text(), null);
    }
    int[] ids = tokenizer.sequence(text);
    int most = model().config().maxPositionEmbeddings();
    if (ids.length > most) {
      throw new RewardException(
          "%s reads at most %d tokens, but an answer to %s has %d with its prompt in the model's own vocabulary: lower max_completion_length or max_prompt_length"
              .formatted(model().folder(), most, row.origin(), ids.length));
    }
    return ids;
  }
}
