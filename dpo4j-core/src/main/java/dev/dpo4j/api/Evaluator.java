/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.EvalReport;
import dev.dpo4j.eval.RowSlices;
import dev.dpo4j.eval.ScoredPair;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.train.dpo.PairScoring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures a model on preference pairs that it was not trained on, each figure with an interval.
 *
 * <p>The models are loaded one after the other, so that one of them is in memory at a time.
 */
public final class Evaluator {
  private final Builder options;

  private Evaluator(Builder options) {
    this.options = options;
  }

  /** Starts an evaluation. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a model says of the pairs and of sampled answers. */
  private record Scored(PreferenceDataset data, PairScoring.Scores scores, String folder) {}

  /**
   * The model that is measured.
   *
   * @param scored what it says
   * @param reference the folder of what it was trained from, or null
   * @param samples how it answers some of the prompts
   */
  private record Policy(
      Scored scored, @Nullable Path reference, List<PairScoring.Sampled> samples) {}

  /**
   * Scores the rows and computes the figures.
   *
   * @throws DataException if the rows cannot be used, or the models do not share a tokenizer
   */
  public EvalReport evaluate() {
    Path folder = required(options.model, "model");
    Path file = required(options.data, "data");
    DataSource source = DataSource.of(file, options.split);
    PreferenceRows rows = PreferenceRows.read(source, RankedOptions.DEFAULT);
    RowSlices slices = RowSlices.read(source, rows, options.sliceBy, options.scores);
    Policy measured = policy(folder, rows);
    Scored policy = measured.scored;
    Path base = measured.reference;
    List<PairScoring.Sampled> samples = measured.samples;
    Scored reference = base == null ? null : other(base, rows, policy, samples);
    Scored second = options.second == null ? null : other(options.second, rows, policy, List.of());
    List<ScoredPair> pairs = pairs(policy, reference, slices);
    Map<String, Estimate> further = new LinkedHashMap<>();
    if (reference != null && !samples.isEmpty()) {
      double[] kl = new double[samples.size()];
      for (int i = 0; i < kl.length; i++) {
        kl[i] = policy.scores.samples()[i] - reference.scores.samples()[i];
      }
      further.put("kl", new Bootstrap(options.seed).mean(kl));
    }
    return EvalReport.of(
        facts(folder, base, file, policy.data),
        pairs,
        second == null ? List.of() : pairs(second, reference, slices),
        options.sliceBy,
        further,
        options.beta,
        options.seed);
  }

  /** Scores everything with the model that is measured, and lets it answer some prompts. */
  private Policy policy(Path folder, PreferenceRows rows) {
    options.progress.accept("loading " + folder);
    try (LanguageModel model = LanguageModel.load(folder)) {
      PreferenceDataset data = tokenize(rows, model);
      Path reference = options.reference;
      if (reference == null && !model.base().equals(model.folder())) {
        reference = model.base(); // What an adapter was trained on is its reference.
      }
      PairScoring scoring = scoring(model, folder);
      List<PairScoring.Sampled> samples =
          reference == null || options.klPrompts == 0
              ? List.of()
              : scoring.sample(data.pairs(), options.klPrompts, options.klTokens, options.seed);
      PairScoring.Scores scores = scoring.score(data.pairs(), samples);
      return new Policy(new Scored(data, scores, folder.toString()), reference, samples);
    }
  }

  /** Scores the same with another model. */
  private Scored other(
      Path folder, PreferenceRows rows, Scored policy, List<PairScoring.Sampled> samples) {
    options.progress.accept("loading " + folder);
    try (LanguageModel model = LanguageModel.load(folder)) {
      PreferenceDataset data = tokenize(rows, model);
      requireSameTokens(policy, data, folder);
      PairScoring.Scores scores = scoring(model, folder).score(data.pairs(), samples);
      return new Scored(data, scores, folder.toString());
    }
  }

  private PreferenceDataset tokenize(PreferenceRows rows, LanguageModel model) {
    return rows.tokenize(model.chat(), TokenizeOptions.ofMaxLength(options.maxLength));
  }

  private PairScoring scoring(LanguageModel model, Path folder) {
    return new PairScoring(model, options.compute, (done, all) -> progress(folder, done, all));
  }

  private void progress(Path folder, int done, int all) {
    options.progress.accept("%s: %d of %d pairs scored".formatted(folder, done, all));
  }

  private static void requireSameTokens(Scored like, PreferenceDataset data, Path folder) {
    List<TokenizedPair> mine = data.pairs();
    List<TokenizedPair> other = like.data.pairs();
    boolean same = mine.size() == other.size();
    for (int i = 0; same && i < mine.size(); i++) {
      same =
          mine.get(i).row() == other.get(i).row()
              && Arrays.equals(mine.get(i).promptIds(), other.get(i).promptIds())
              && Arrays.equals(mine.get(i).chosenIds(), other.get(i).chosenIds())
              && Arrays.equals(mine.get(i).rejectedIds(), other.get(i).rejectedIds());
    }
    if (!same) {
      throw new DataException(
          "%s turns the rows into other tokens than %s: their log-probabilities cannot be compared. Use models with the same tokenizer and chat template"
              .formatted(folder, like.folder));
    }
  }

  private static List<ScoredPair> pairs(
      Scored model, @Nullable Scored reference, RowSlices slices) {
    List<TokenizedPair> rows = model.data.pairs();
    List<ScoredPair> pairs = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      TokenizedPair row = rows.get(i);
      pairs.add(
          new ScoredPair(
              row.row(),
              model.scores.chosen()[i],
              model.scores.rejected()[i],
              reference == null ? Double.NaN : reference.scores.chosen()[i],
              reference == null ? Double.NaN : reference.scores.rejected()[i],
              model.scores.chosenTokens()[i],
              model.scores.rejectedTokens()[i],
              slices.scoreMargin(row),
              slices.of(row)));
    }
    return pairs;
  }

  private Map<String, String> facts(
      Path folder, @Nullable Path reference, Path file, PreferenceDataset data) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", folder.toString());
    facts.put("reference", reference == null ? "none" : reference.toString());
    if (options.second != null) {
      facts.put("second_model", options.second.toString());
    }
    facts.put("data", file.toString());
    facts.put("split", options.split);
    facts.put("rows_dropped", String.valueOf(data.report().dropped()));
    facts.put("beta", String.valueOf(options.beta));
    facts.put("max_length", String.valueOf(options.maxLength));
    facts.put("seed", String.valueOf(options.seed));
    return facts;
  }

  private static <T> T required(@Nullable T value, String name) {
    return TrainerBuilder.required("Evaluator", value, name);
  }

  /** Collects the parts of an evaluation. */
  public static final class Builder {
    private @Nullable Path model;
    private @Nullable Path reference;
    private @Nullable Path second;
    private @Nullable Path data;
    private String split = "train";
    private double beta = 0.1;
    private @Nullable Integer maxLength = 1024;
    private List<String> sliceBy = List.of();
    private RowSlices.@Nullable ScoreColumns scores;
    private int klPrompts;
    private int klTokens = 64;
    private long seed = 42;
    private ComputeOptions compute = ComputeOptions.float32();
    private Consumer<String> progress = text -> {};

    private Builder() {}

    /** The folder of the model to measure, or of an adapter. */
    public Builder model(Path folder) {
      model = folder;
      return this;
    }

    /** The model that it was trained from; that of an adapter is its base. */
    public Builder refModel(@Nullable Path folder) {
      reference = folder;
      return this;
    }

    /** Another model, which is compared on the same rows. */
    public Builder secondModel(@Nullable Path folder) {
      second = folder;
      return this;
    }

    /** A file, folder or glob of preference rows, and its split. */
    public Builder data(Path file, String ofSplit) {
      data = file;
      split = ofSplit;
      return this;
    }

    /** Beta of the implicit reward, 0.1 by default. */
    public Builder beta(double value) {
      beta = value;
      return this;
    }

    /** Most tokens of a sequence, null for any. */
    public Builder maxLength(@Nullable Integer tokens) {
      maxLength = tokens;
      return this;
    }

    /** Groups of rows that get figures of their own: columns, {@code length}, {@code language}. */
    public Builder sliceBy(List<String> names) {
      sliceBy = List.copyOf(names);
      return this;
    }

    /** Columns with scores of the chosen and the rejected answer. */
    public Builder scoreColumns(String chosen, String rejected) {
      scores = new RowSlices.ScoreColumns(chosen, rejected);
      return this;
    }

    /** Prompts that the model answers so that its KL divergence can be estimated; 0 for none. */
    public Builder klPrompts(int prompts, int maxNewTokens) {
      klPrompts = prompts;
      klTokens = maxNewTokens;
      return this;
    }

    /** The seed of intervals and samples. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** How the models compute. */
    public Builder compute(ComputeOptions value) {
      compute = value;
      return this;
    }

    /** Is told what is done, in words. */
    public Builder onProgress(Consumer<String> callback) {
      progress = callback;
      return this;
    }

    /** Returns the evaluation, which has not begun. */
    public Evaluator build() {
      required(model, "model");
      required(data, "data");
      return new Evaluator(this);
    }
  }
}
