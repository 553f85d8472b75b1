/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.HeldReference;
import dev.dpo4j.train.reference.ReferenceSource;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the methods of training have in common whose model learns from its own answers. */
public abstract class RolloutMethod implements TrainingMethod {
  private final RolloutParts parts;
  private final RolloutRunConfig config;

  /** Makes it of the parts of a run. */
  protected RolloutMethod(RolloutParts parts, RolloutRunConfig config) {
    this.parts = parts;
    this.config = config;
    parts.rewards().check(parts.train().prompts());
  }

  /** Whether the loss compares the policy with a reference. */
  protected abstract boolean usesReference();

  /** Most answers of a rollout. */
  protected abstract int answersPerRollout();

  /**
   * Makes the task.
   *
   * @param steps the steps of the run, or null where none is done
   */
  protected abstract TrainTask task(
      CausalLm policy, @Nullable StepPlan steps, TrainListener listener);

  /** The prompts to train on. */
  protected final List<TokenizedPrompt> trainPrompts() {
    return parts.train().prompts();
  }

  /** The held-out prompts, none without evaluation. */
  protected final List<TokenizedPrompt> evalPrompts() {
    PromptDataset held = parts.eval();
    return held == null ? List.of() : held.prompts();
  }

  private ReferenceSource referenceSource() {
    return new ReferenceSource(parts.policy(), parts.reference(), config.reference());
  }

  /** Makes what answers prompts and judges the answers. */
  protected final RolloutMaker maker(ComputeOptions compute) {
    RolloutSource given = parts.source();
    RolloutSource source =
        given == null
            ? new SampledRollouts(
                parts.policy(),
                compute,
                config.rollout().sampling(config.maxCompletionLength()),
                config.rollout().rolloutBatchSize())
            : given;
    return new RolloutMaker(
        source, parts.rewards(), parts.policy().tokenizer(), parts.policy().config().vocabSize());
  }

  @Override
  public final DataReport report() {
    return parts.train().report();
  }

  @Override
  public int trainRows() {
    return parts.train().size();
  }

  @Override
  public final int evalRows() {
    return evalPrompts().size();
  }

  @Override
  public final List<int[]> samplePrompts(int count) {
    List<TokenizedPrompt> prompts = evalPrompts().isEmpty() ? trainPrompts() : evalPrompts();
    return SamplePrompts.first(prompts, TokenizedPrompt::ids, count);
  }

  @Override
  public final String dataSha256() {
    return new DataDigest()
        .addPrompts(trainPrompts())
        .addPrompts(parts.eval() == null ? null : evalPrompts())
        .hex();
  }

  @Override
  public String reference() {
    return usesReference() ? HeldReference.describe(referenceSource()) : "none";
  }

  @Override
  public final @Nullable Path referenceFolder() {
    return usesReference() ? referenceSource().folder() : null;
  }

  @Override
  public final @Nullable LanguageModel referenceModel() {
    return usesReference() ? parts.reference() : null;
  }

  @Override
  public final String judge() {
    return parts.rewards().identity();
  }

  @Override
  public final boolean holdsSecondModel() {
    return usesReference() && HeldReference.isSecondModel(referenceSource());
  }

  /** The models behind the rewards, and the weights that {@code kl_limit} goes back to. */
  @Override
  public long furtherModelBytes() {
    boolean guarded = config.rollout().klLimit() != null;
    return parts.rewards().modelBytes()
        + (guarded ? parts.policy().trained().count() * Float.BYTES : 0);
  }

  /**
   * Makes what watches over {@code kl_limit}.
   *
   * @param advice what else than the limit may be changed
   */
  protected final KlGuard guard(String advice) {
    return new KlGuard(config.rollout().klLimit(), parts.policy(), advice);
  }

  @Override
  public final long rolloutBytes() {
    if (parts.source() != null) {
      return 0;
    }
    LanguageModel policy = parts.policy();
    int longest = PromptRoom.longest(parts.train()) + config.maxCompletionLength();
    long weights = policy.parameters().count() * policy.parameters().dtype().byteSize();
    return config.rollout().bytes(policy.config(), weights, answersPerRollout(), longest);
  }

  @Override
  public void prepare(RunContext surroundings) {
    parts.rewards().open(parts.policy(), trainPrompts().get(0), surroundings);
  }

  /** No answer is given: the model learns from those that it writes itself. */
  @Override
  public final void showEnds(LearntEnd end) {}

  @Override
  public final TrainTask open(CausalLm policy, RunContext surroundings) {
    return task(policy, surroundings.plan(), surroundings.listener());
  }

  @Override
  public final TrainTask openEvaluation(CausalLm policy) {
    return task(policy, null, TrainListener.NONE);
  }
}
