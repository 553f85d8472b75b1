/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A session of a method that computes its own reference, or needs none: runs share the tokenised
 * rows.
 *
 * @param <C> the configuration
 * @param <D> the tokenised rows
 */
abstract class RowSession<C extends Record & RunConfig, D> implements SweepSession {
  private final Method<C> method;
  private final C shared;
  private final D train;
  private final D held;
  private @Nullable Facts facts;

  /** Reads and tokenises the rows. */
  RowSession(Method<C> method, C shared, Opening opening) {
    this.method = method;
    this.shared = shared;
    try (HfTokenizer tokenizer = shared.texts().tokenizer(start())) {
      this.train = read(shared, shared.dataset().train(opening.seed()), tokenizer);
      this.held =
          read(
              shared,
              shared.dataset().evaluation(shared.eval().evalDataset(), opening.seed()),
              tokenizer);
    }
  }

  /** Reads and tokenises rows. */
  abstract D read(C config, DataSource source, HfTokenizer tokenizer);

  /** Prepares a run. */
  abstract TrainingRun prepare(Models models, C config, RunHooks hooks);

  /** Measures the trained model on the held-out rows. */
  abstract Measured measure(LanguageModel policy, TrainingRun run, C config);

  /** The prompts of the held-out rows, of which some are answered; none for a reward model. */
  abstract List<int[]> prompts(int count);

  /**
   * The models of a run.
   *
   * @param policy the model that is trained
   * @param reference a reference of its own, or null
   */
  record Models(LanguageModel policy, @Nullable LanguageModel reference) {}

  /**
   * What was measured.
   *
   * @param figures by name
   * @param parts what each held-out row adds to them, where they are means over rows
   */
  record Measured(Map<String, Double> figures, Map<String, List<Double>> parts) {}

  /** The keys that the runs share. */
  final C shared() {
    return shared;
  }

  /** The rows to train on. */
  final D train() {
    return train;
  }

  /** The held-out rows. */
  final D held() {
    return held;
  }

  /** The folder of the model that training begins with. */
  final Path start() {
    return Path.of(Objects.requireNonNull(method.modelOf(shared)));
  }

  /** Loads the model that is trained. */
  LanguageModel policy(C config) {
    return config.texts().model(start(), config.peft().base());
  }

  /** Loads a reference of its own; null without one. */
  @Nullable LanguageModel reference(C config) {
    return null;
  }

  /** The reference of its own, else the model that training begins with. */
  final LanguageModel untrained(C config) {
    LanguageModel given = reference(config);
    return given == null ? policy(config) : given;
  }

  /** What is known of every run before the first one. */
  private Facts facts() {
    Facts known = facts;
    if (known == null) {
      try (LanguageModel policy = policy(shared);
          @Nullable LanguageModel reference = reference(shared)) {
        TrainingRun run = prepare(new Models(policy, reference), shared, RunHooks.NONE);
        known = new Facts(run.plan(), run.dataSha256());
        facts = known;
      }
    }
    return known;
  }

  private record Facts(RunPlan plan, String dataSha256) {}

  @Override
  public RunPlan plan() {
    return facts().plan();
  }

  @Override
  public String dataSha256() {
    return facts().dataSha256();
  }

  @Override
  public @Nullable SweepTrial run(
      SweepTrials.Trial trial,
      SweepOptions options,
      AnswerFigures more,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    C config = method.type().cast(trial.config());
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    OwnAnswers answers;
    Measured measured;
    try (LanguageModel policy = policy(config);
        @Nullable LanguageModel reference = reference(config)) {
      RunHooks hooks = RunHooks.of(listener, stopRequested);
      TrainingRun run = prepare(new Models(policy, reference), config, hooks);
      if (run.run().stopped()) {
        return null;
      }
      measured = measure(policy, run, config);
      answers =
          OwnAnswers.of(
              policy,
              compute,
              prompts(options.klPrompts()),
              options.klMaxNewTokens(),
              shared.loop().seed());
    } catch (NonFiniteException e) {
      return SweepSession.measured(trial, SweepTrial.DIVERGED, Map.of(), Map.of());
    }
    Map<String, Double> figures = new LinkedHashMap<>(measured.figures());
    if (!answers.samples().isEmpty()) {
      try (LanguageModel reference = untrained(config)) {
        figures.putAll(answers.figures(reference, compute, more));
      }
    }
    return SweepSession.measured(trial, SweepTrial.FINISHED, figures, measured.parts());
  }

  @Override
  public void close() {
    // Rows are no native memory.
  }
}
