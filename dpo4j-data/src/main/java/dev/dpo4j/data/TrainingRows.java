/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.form.PairMaker;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowForms;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.RowSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.ExampleTokenizer;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.ReportBuilder;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenSpool;
import dev.dpo4j.data.token.TokenStore;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Data for supervised training (SFT) or unpaired preference data (KTO) before it is tokenised.
 *
 * <p>Rows at fault are reported together, each with its file and line, in one {@link
 * DataException}.
 */
public final class TrainingRows {
  /** TRL unpairs this many rows at a time: first their chosen, then their rejected answers. */
  private static final int UNPAIR_BLOCK = 1000;

  private final RowSource source;
  private final RankedOptions ranked;
  private final boolean training;
  private final @Nullable DataSource files;
  private final @Nullable Path tokens;

  private TrainingRows(
      RowSource source, RankedOptions ranked, boolean training, @Nullable DataSource files) {
    this(source, ranked, training, files, null);
  }

  private TrainingRows(
      RowSource source,
      RankedOptions ranked,
      boolean training,
      @Nullable DataSource files,
      @Nullable Path tokens) {
    JacksonCheck.require();
    this.tokens = tokens;
    this.source = source;
    this.ranked = ranked;
    this.training = training;
    this.files = files;
  }

  /** Takes a split of a file, a folder, or a glob. */
  public static TrainingRows read(Path dataset, String split) {
    return read(DataSource.of(dataset, split));
  }

  /** Takes the rows of a source; for KTO, a list of answers gives its best and its worst one. */
  public static TrainingRows read(DataSource source) {
    return read(source, RankedOptions.DEFAULT);
  }

  /**
   * Takes the rows of a source.
   *
   * @param ranked for KTO, which pairs are made of lists of answers before they are split
   */
  public static TrainingRows read(DataSource source, RankedOptions ranked) {
    return new TrainingRows(source.rows(), ranked, source.isTraining(), source);
  }

  /** Takes rows of columns made in memory, in any form that a file may have. */
  public static TrainingRows ofRows(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return new TrainingRows(RowSource.of(rows), RankedOptions.DEFAULT, true, null);
  }

  /**
   * Returns the same rows, whose tokens go into a file when they are tokenised. Other processes
   * take them from there with {@link #ofTokens}; that no row is left is a fault there, not here.
   */
  public TrainingRows into(Path file) {
    return new TrainingRows(source, ranked, training, files, file);
  }

  /**
   * Takes examples that other processes have tokenised. A row is read when it is asked for.
   *
   * @param tokens the files, in the order of the rows
   * @param name the data set as the user knows it
   * @throws DataException if a file cannot be read, or if no row is left to train on
   */
  public static ExampleDataset ofTokens(List<Path> tokens, String name) {
    TokenStore.Found<TokenizedExample> found = TokenStore.joinedExamples(tokens, name);
    PreferenceRows.requireRows(found.report());
    return new ExampleDataset(found.rows(), found.report());
  }

  /** Returns the data set as the user knows it. */
  public String name() {
    return source.name();
  }

  /** Hands over all rows as supervised data. */
  public void forEachSupervised(Consumer<TrainingText> consumer) {
    forEachSupervised(consumer, info -> {});
  }

  /**
   * The same, and tells of the rows that are not trained on.
   *
   * @param leftOut takes what is known of such a row in its place; its notes say why
   */
  public void forEachSupervised(Consumer<TrainingText> consumer, Consumer<RowInfo> leftOut) {
    Faults faults = new Faults();
    source.read(
        row ->
            guard(
                row.origin(),
                faults,
                () -> {
                  RowInfo info = RowForms.leftOut(row);
                  if (info == null) {
                    consumer.accept(RowForms.supervised(row));
                  } else {
                    leftOut.accept(info);
                  }
                }),
        faults);
    faults.throwIfAny();
  }

  /**
   * Hands over all rows as unpaired preference data. Pairs are split as TRL does it: of each 1000
   * rows first all chosen answers, then all rejected ones.
   */
  public void forEachLabelled(Consumer<TrainingText> consumer) {
    forEachLabelled(consumer, info -> {});
  }

  /**
   * The same, and tells of the rows that are not trained on.
   *
   * @param leftOut takes what is known of such a row in its place; its notes say why
   */
  public void forEachLabelled(Consumer<TrainingText> consumer, Consumer<RowInfo> leftOut) {
    Faults faults = new Faults();
    PairMaker maker = new PairMaker(ranked);
    List<TrainingText> chosen = new ArrayList<>();
    List<TrainingText> rejected = new ArrayList<>();
    Consumer<TrainingText> guarded =
        text -> guard(text.info().origin(), faults, () -> consumer.accept(text));
    Runnable flush =
        () -> {
          chosen.forEach(guarded);
          rejected.forEach(guarded);
          chosen.clear();
          rejected.clear();
        };
    source.read(
        row ->
            guard(
                row.origin(),
                faults,
                () -> {
                  RowInfo info = maker.leftOut(row);
                  if (info != null) {
                    flush.run();
                    leftOut.accept(info);
                  }
                  List<TrainingText> texts = RowForms.labelled(row, maker);
                  if (texts.size() == 1) {
                    flush.run();
                    guarded.accept(texts.get(0));
                    return;
                  }
                  for (int i = 0; i < texts.size(); i += 2) {
                    chosen.add(texts.get(i));
                    rejected.add(texts.get(i + 1));
                  }
                  if (chosen.size() >= UNPAIR_BLOCK) {
                    flush.run();
                  }
                }),
        faults);
    flush.run();
    faults.throwIfAny();
    if (training) {
      maker.requireEffect(name());
    }
  }

  private static boolean guard(Origin origin, Faults faults, Runnable action) {
    try {
      action.run();
    } catch (RowFault e) {
      faults.add(origin, e.text());
    }
    return !faults.isFull();
  }

  /**
   * Tokenises all rows for supervised training.
   *
   * @throws DataException if rows are at fault, or if no row is left to train on
   */
  public ExampleDataset tokenizeSupervised(ChatTokenizer tokenizer, SupervisedOptions options) {
    return tokenizeSupervised(tokenizer, options, rows -> false);
  }

  /**
   * The same, with somebody to watch it.
   *
   * @param stopAfter told the number of rows so far, again and again; says whether to stop
   * @throws java.util.concurrent.CancellationException after a stop
   */
  public ExampleDataset tokenizeSupervised(
      ChatTokenizer tokenizer, SupervisedOptions options, IntPredicate stopAfter) {
    return collect(tokenizer, options, false, stopAfter);
  }

  /**
   * Tokenises all rows for KTO.
   *
   * @throws DataException if rows are at fault, or if no row is left to train on
   */
  public ExampleDataset tokenizeLabelled(ChatTokenizer tokenizer, LengthLimits limits) {
    return tokenizeLabelled(tokenizer, limits, rows -> false);
  }

  /**
   * The same, with somebody to watch it.
   *
   * @param stopAfter told the number of rows so far, again and again; says whether to stop
   * @throws java.util.concurrent.CancellationException after a stop
   */
  public ExampleDataset tokenizeLabelled(
      ChatTokenizer tokenizer, LengthLimits limits, IntPredicate stopAfter) {
    return collect(tokenizer, new SupervisedOptions(limits, null, false), true, stopAfter);
  }

  private ExampleDataset collect(
      ChatTokenizer chat, SupervisedOptions options, boolean labelled, IntPredicate stopAfter) {
    TokenStore<TokenizedExample> store =
        tokens == null
            ? TokenStore.ofExamples(
                labelled ? "kto" : "sft",
                PreferenceRows.inputs(files),
                PreferenceRows.recipe(files, options, ranked, training),
                chat)
            : TokenStore.examplesInto(tokens);
    TokenStore.Found<TokenizedExample> known = store.find();
    if (known != null) {
      return new ExampleDataset(known.rows(), known.report());
    }
    ReportBuilder report = new ReportBuilder();
    ExampleTokenizer examples = new ExampleTokenizer(chat, options, report);
    try (TokenSpool<TokenizedExample> kept = store.spool()) {
      int[] done = {0};
      Consumer<TrainingText> consumer =
          row -> {
            TokenStore.checkStop(stopAfter, done[0]++);
            TokenizedExample example = examples.tokenize(row, labelled);
            if (example != null) {
              kept.add(example);
            }
          };
      Consumer<RowInfo> leftOut = info -> report.row(info, info.notes(), false);
      if (labelled) {
        forEachLabelled(consumer, leftOut);
      } else {
        forEachSupervised(consumer, leftOut);
      }
      DataReport finished = report.build(name(), new TokenizeOptions(options.limits(), false));
      if (tokens == null) {
        PreferenceRows.requireRows(finished);
      }
      return new ExampleDataset(kept.finish(report, finished, store::unchanged), finished);
    }
  }
}
