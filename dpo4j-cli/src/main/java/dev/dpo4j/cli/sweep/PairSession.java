/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.dpo.ReferenceBook;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Pairs and the log-probs of their reference that several runs of DPO share. */
final class PairSession implements SweepSession {
  /** DPO in a sweep. */
  static final Method<DpoConfig> METHOD =
      new Method<>(
          DpoConfig.class,
          List.of("sweep"),
          config -> config.model().modelNameOrPath(),
          config ->
              Arrays.asList(
                  config.model(),
                  config.texts(),
                  config.data(),
                  config.eval().evalDataset(),
                  config.loop().bf16(),
                  config.peft().dtype()),
          PairSession::open);

  private final DpoConfig shared;
  private final PreferenceDataset train;
  private final PreferenceDataset held;
  private final ReferenceBook book;
  private final RunPlan plan;

  private PairSession(
      DpoConfig shared,
      PreferenceDataset train,
      PreferenceDataset held,
      ReferenceBook book,
      RunPlan plan) {
    this.shared = shared;
    this.train = train;
    this.held = held;
    this.book = book;
    this.plan = plan;
  }

  private static PairSession open(DpoConfig config, Opening opening) {
    long seed = opening.seed();
    PreferenceDataset train;
    PreferenceDataset held;
    try (HfTokenizer tokenizer = config.texts().tokenizer(start(config))) {
      train = read(config, config.dataset().train(seed), tokenizer);
      held =
          read(config, config.dataset().evaluation(config.eval().evalDataset(), seed), tokenizer);
    }
    try (LanguageModel policy = policy(config);
        @Nullable LanguageModel reference = reference(config)) {
      DpoRun.Parts parts = new DpoRun.Parts(policy, reference, train, held);
      RunPlan plan = DpoRun.of(parts, config, RunHooks.NONE).plan();
      ReferenceBook book =
          ReferenceBook.compute(
              parts, config, opening.cache(), opening.stopRequested(), opening.progress());
      return new PairSession(config, train, held, book, plan);
    }
  }

  private static PreferenceDataset read(
      DpoConfig config, DataSource source, HfTokenizer tokenizer) {
    return PreferenceRows.read(source, config.data().ranked())
        .tokenize(tokenizer.chat(), config.data().tokenizeOptions());
  }

  private static Path start(DpoConfig config) {
    return Path.of(Objects.requireNonNull(config.model().modelNameOrPath()));
  }

  private static LanguageModel policy(DpoConfig config) {
    return config.texts().model(start(config), config.peft().base());
  }

  /** The reference of its own, or null. */
  private static @Nullable LanguageModel reference(DpoConfig config) {
    String folder = config.model().refModelNameOrPath();
    return folder == null ? null : config.texts().reference(Path.of(folder));
  }

  /** The reference of its own, else the model that training begins with. */
  private static LanguageModel untrained(DpoConfig config) {
    LanguageModel given = reference(config);
    return given == null ? policy(config) : given;
  }

  @Override
  public RunPlan plan() {
    return plan;
  }

  @Override
  public int trainRows() {
    return train.pairs().size();
  }

  @Override
  public int heldRows() {
    return held.pairs().size();
  }

  @Override
  public String dataSha256() {
    return book.dataSha256();
  }

  @Override
  public @Nullable SweepTrial run(
      SweepTrials.Trial trial,
      SweepOptions options,
      AnswerFigures more,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    DpoConfig config = METHOD.type().cast(trial.config());
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    List<TokenizedPair> pairs = held.pairs();
    SweepMeasure measure = new SweepMeasure(pairs, book, options, shared.loop().seed());
    SweepMeasure.Seen seen;
    try (LanguageModel policy = policy(config);
        @Nullable LanguageModel reference = reference(config)) {
      DpoRun.Parts parts = new DpoRun.Parts(policy, reference, train, held, null, book);
      TrainResult result = DpoRun.of(parts, config, RunHooks.of(listener, stopRequested)).run();
      if (result.stopped()) {
        return null;
      }
      seen = measure.ask(policy, compute);
    } catch (NonFiniteException e) {
      return SweepSession.measured(trial, SweepTrial.DIVERGED, Map.of(), Map.of());
    }
    double beta = config.loss().beta();
    Map<String, Double> figures = measure.figures(seen, beta);
    if (!seen.answers().samples().isEmpty()) {
      try (LanguageModel reference = untrained(config)) {
        figures.putAll(seen.answers().figures(reference, compute, more));
      }
    }
    return SweepSession.measured(trial, SweepTrial.FINISHED, figures, measure.parts(seen, beta));
  }

  @Override
  public void close() {
    book.close();
  }
}
