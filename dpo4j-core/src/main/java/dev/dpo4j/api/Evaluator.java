/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.EvalReport;
import dev.dpo4j.eval.EvalSample;
import dev.dpo4j.eval.RowSlices;
import dev.dpo4j.eval.ScoredPair;
import dev.dpo4j.eval.UnpairedFigures;
import dev.dpo4j.eval.WinRate;
import dev.dpo4j.judge.RowJudge;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.train.dpo.PairScoring;
import dev.dpo4j.train.kto.UnpairedScoring;
import dev.dpo4j.train.loop.SamplePrompts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private record Scored(
      PreferenceDataset data, PairScoring.Scores scores, String folder, List<String> answers) {}

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
    if (options.unpaired) {
      return unpaired();
    }
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
    List<EvalSample> answered = samples(policy, second == null ? reference : second, rows);
    further.putAll(WinRate.figures(answered, options.seed));
    return EvalReport.of(
            facts(folder, base, file, policy.data.report()),
            pairs,
            second == null ? List.of() : pairs(second, reference, slices),
            options.sliceBy,
            further,
            options.beta,
            options.seed)
        .withSamples(answered);
  }

  /** Prompts with the answers of both models, which a judge compares where there is one. */
  private List<EvalSample> samples(Scored policy, @Nullable Scored other, PreferenceRows rows) {
    RowJudge judge = options.judge;
    if (judge != null && other == null) {
      throw new DataException(
          "A judge compares the answers of two models: give a reference or a second model");
    }
    if (policy.answers.isEmpty()) {
      return List.of();
    }
    List<Prompt> prompts = prompts(policy.data.pairs(), rows, policy.answers.size());
    if (judge != null && other != null) {
      return WinRate.judge(
          judge,
          prompts,
          policy.answers,
          other.answers,
          done -> options.progress.accept("%d of %d judged".formatted(done, prompts.size())));
    }
    List<EvalSample> samples = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      String text = other == null ? null : other.answers.get(i);
      samples.add(new EvalSample(prompts.get(i).plain(), policy.answers.get(i), text, null));
    }
    return samples;
  }

  /** The texts of the prompts that were answered: the first different ones. */
  private static List<Prompt> prompts(List<TokenizedPair> pairs, PreferenceRows rows, int count) {
    Map<Integer, Prompt> texts = new HashMap<>();
    rows.forEach(
        pair -> {
          if (pair instanceof TextPair text) {
            texts.putIfAbsent(text.info().row(), new Prompt.Text(text.prompt()));
          } else if (pair instanceof ChatPair chat) {
            texts.putIfAbsent(chat.info().row(), new Prompt.Chat(chat.prompt(), chat.context()));
          }
        });
    Set<List<Integer>> seen = new HashSet<>();
    return pairs.stream()
        .filter(pair -> pair.promptIds().length > 0)
        .filter(pair -> seen.add(Arrays.stream(pair.promptIds()).boxed().toList()))
        .limit(count)
        .map(pair -> texts.getOrDefault(pair.row(), new Prompt.Text("")))
        .toList();
  }

  /** What a model says of single answers. */
  private record Labelled(ExampleDataset data, UnpairedScoring.Scores scores) {}

  private EvalReport unpaired() {
    Path folder = required(options.model, "model");
    Path file = required(options.data, "data");
    TrainingRows rows = TrainingRows.read(DataSource.of(file, options.split));
    Path[] base = {options.reference};
    Labelled policy = labelled(folder, rows, base);
    if (base[0] == null) {
      throw new DataException(
          "The figures of KTO compare a model with its reference: give the model that training"
              + " started from");
    }
    Labelled reference = labelled(base[0], rows, base);
    int count = policy.data.size();
    boolean[] desirable = new boolean[count];
    for (int i = 0; i < count; i++) {
      TokenizedExample row = policy.data.examples().get(i);
      desirable[i] = Boolean.TRUE.equals(row.label());
      if (count != reference.data.size()
          || !Arrays.equals(row.sequence(), reference.data.examples().get(i).sequence())) {
        throw otherTokens(base[0], folder.toString());
      }
    }
    UnpairedFigures found =
        new UnpairedFigures(
            minus(policy.scores.own(), reference.scores.own()),
            desirable,
            minus(policy.scores.mismatched(), reference.scores.mismatched()),
            options.beta);
    return new EvalReport(
        facts(folder, base[0], file, policy.data.report()),
        count,
        found.figures(options.seed),
        Map.of(),
        found.reliability(),
        null,
        Map.of(),
        List.of());
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private Labelled labelled(Path folder, TrainingRows rows, @Nullable Path[] base) {
    options.progress.accept("loading " + folder);
    LengthLimits limits = LengthLimits.ofMaxLength(options.maxLength);
    try (LanguageModel model = LanguageModel.load(folder)) {
      ExampleDataset data = rows.tokenizeLabelled(model.chat(), limits);
      if (base[0] == null && !model.base().equals(model.folder())) {
        base[0] = model.start();
      }
      return new Labelled(
          data,
          UnpairedScoring.score(
              model,
              options.compute,
              data.examples(),
              limits,
              done -> progress(folder, done, data.size())));
    }
  }

  /** Scores everything with the model that is measured, and lets it answer some prompts. */
  private Policy policy(Path folder, PreferenceRows rows) {
    options.progress.accept("loading " + folder);
    try (LanguageModel model = LanguageModel.load(folder)) {
      PreferenceDataset data = tokenize(rows, model);
      Path reference = options.reference;
      if (reference == null && !model.base().equals(model.folder())) {
        reference = model.start(); // What an adapter was trained on is its reference.
      }
      if (reference == null && options.klPrompts > 0) {
        throw new ConfigException(
            new Fault(
                "kl_prompts",
                String.valueOf(options.klPrompts),
                "has no effect without a reference to compare with: name ref_model_name_or_path"));
      }
      PairScoring scoring = scoring(model, folder);
      List<PairScoring.Sampled> samples =
          options.klPrompts == 0
              ? List.of()
              : scoring.sample(data.pairs(), options.klPrompts, options.klTokens, options.seed);
      PairScoring.Scores scores = scoring.score(data.pairs(), samples);
      List<String> answers = answers(scoring, data);
      return new Policy(new Scored(data, scores, folder.toString(), answers), reference, samples);
    }
  }

  /** Scores the same with another model. */
  private Scored other(
      Path folder, PreferenceRows rows, Scored policy, List<PairScoring.Sampled> samples) {
    options.progress.accept("loading " + folder);
    try (LanguageModel model = LanguageModel.load(folder)) {
      PreferenceDataset data = tokenize(rows, model);
      requireSameTokens(policy, data, folder);
      PairScoring scoring = scoring(model, folder);
      PairScoring.Scores scores = scoring.score(data.pairs(), samples);
      boolean compared = options.second == null || folder.equals(options.second);
      List<String> answers = compared ? answers(scoring, data) : List.of();
      return new Scored(data, scores, folder.toString(), answers);
    }
  }

  private List<String> answers(PairScoring scoring, PreferenceDataset data) {
    List<int[]> prompts =
        SamplePrompts.first(data.pairs(), TokenizedPair::promptIds, options.samples);
    return scoring.answer(prompts, options.sampleTokens);
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
      throw otherTokens(folder, like.folder);
    }
  }

  private static DataException otherTokens(Path folder, String other) {
    return new DataException(
        "%s turns the rows into other tokens than %s: their log-probabilities cannot be compared. Use models with the same tokenizer and chat template"
            .formatted(folder, other));
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
      Path folder, @Nullable Path reference, Path file, DataReport data) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", folder.toString());
    facts.put("reference", reference == null ? "none" : reference.toString());
    if (options.second != null) {
      facts.put("second_model", options.second.toString());
    }
    if (options.judge != null) {
      facts.put("judge", options.judge.name());
    }
    facts.put("data", file.toString());
    facts.put("split", options.split);
    facts.put("rows_dropped", String.valueOf(data.dropped()));
    putIfAny(facts, "rows_dropped_because", data.summary(RowEvent.Kind.DROPPED));
    putIfAny(facts, "rows_cut", data.summary(RowEvent.Kind.CUT));
    facts.put("beta", String.valueOf(options.beta));
    facts.put("max_length", String.valueOf(options.maxLength));
    facts.put("seed", String.valueOf(options.seed));
    return facts;
  }

  private static void putIfAny(Map<String, String> facts, String name, String value) {
    if (!value.isEmpty()) {
      facts.put(name, value);
    }
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
    private int samples;
    private int sampleTokens = 128;
    private boolean unpaired;
    private @Nullable RowJudge judge;
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

    /**
     * Prompts that the model and the second one, or its reference, answer with the most probable
     * tokens, so that people or a judge can compare them; 0 for none.
     */
    public Builder samples(int prompts, int maxNewTokens) {
      samples = prompts;
      sampleTokens = maxNewTokens;
      return this;
    }

    /**
     * Compares these answers for a win rate, such as a {@link dev.dpo4j.judge.Judging} behind an
     * endpoint or a reward model.
     */
    public Builder judge(@Nullable RowJudge value) {
      judge = value;
      return this;
    }

    /** Measures single answers with a label, as KTO looks at them, in place of pairs. */
    public Builder unpaired(boolean value) {
      unpaired = value;
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
