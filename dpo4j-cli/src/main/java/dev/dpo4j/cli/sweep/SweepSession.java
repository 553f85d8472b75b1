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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows and reference log-probs that several runs share, and the runs one after the other.
 *
 * <p>They are shared by runs that agree in all keys that decide about them; a sweep over other keys
 * opens a session a value.
 */
final class SweepSession implements AutoCloseable {
  private final DpoConfig shared;
  private final PreferenceDataset train;
  private final PreferenceDataset held;
  private final ReferenceBook book;
  private final RunPlan plan;

  private SweepSession(
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

  /**
   * What decides about rows and reference: the model, the data, how texts become tokens, and how is
   * computed. The seed only decides which rows are held out, so that it must stay the same.
   */
  static String key(DpoConfig config) {
    return String.join(
        "\n",
        config.model().toString(),
        config.texts().toString(),
        config.data().toString(),
        String.valueOf(config.eval().evalDataset()),
        String.valueOf(config.loop().bf16()),
        config.peft().dtype().toString());
  }

  /**
   * Reads and tokenises the rows and scores them with the reference.
   *
   * @param config the keys that the runs share
   * @param seed decides which rows are held out
   * @param cache where log-probs of the reference are kept for a later process, or null
   */
  static SweepSession open(
      DpoConfig config,
      long seed,
      @Nullable Path cache,
      BooleanSupplier stopRequested,
      IntConsumer progress) {
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
      ReferenceBook book = ReferenceBook.compute(parts, config, cache, stopRequested, progress);
      return new SweepSession(config, train, held, book, plan);
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

  /** The plan of a run. */
  RunPlan plan() {
    return plan;
  }

  /** The rows to train on. */
  PreferenceDataset trainRows() {
    return train;
  }

  /** The held-out rows. */
  PreferenceDataset heldRows() {
    return held;
  }

  /** A checksum over all rows. */
  String dataSha256() {
    return book.dataSha256();
  }

  /**
   * Trains and measures.
   *
   * @param more computes further figures of the model's own answers
   * @return what was measured, or null where the run was stopped
   */
  @Nullable SweepTrial run(
      SweepTrials.Trial trial,
      SweepOptions options,
      AnswerFigures more,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    DpoConfig config = trial.config();
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
      return measured(trial, SweepTrial.DIVERGED, Map.of(), List.of());
    }
    double beta = config.loss().beta();
    Map<String, Double> figures = measure.figures(seen, beta);
    if (!seen.samples().isEmpty()) {
      try (LanguageModel reference = untrained(config)) {
        figures.putAll(SweepMeasure.answerFigures(seen, reference, compute, more));
      }
    }
    List<Double> margins = seen.scored().stream().map(pair -> pair.margin(beta)).toList();
    return measured(trial, SweepTrial.FINISHED, figures, margins);
  }

  private static SweepTrial measured(
      SweepTrials.Trial trial, String status, Map<String, Double> figures, List<Double> margins) {
    return new SweepTrial(
        trial.name(),
        trial.point(),
        trial.config().loop().seed(),
        trial.share(),
        status,
        figures,
        margins);
  }

  @Override
  public void close() {
    book.close();
  }
}
