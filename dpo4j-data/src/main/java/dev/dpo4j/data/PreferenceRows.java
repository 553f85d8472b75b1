/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.data.form.PairMaker;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowForms;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.RowSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.PairOutcome;
import dev.dpo4j.data.token.PairTokenizer;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.ReportBuilder;
import dev.dpo4j.data.token.TokenSpool;
import dev.dpo4j.data.token.TokenStore;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Preference data before it is tokenised: a file, a folder, or rows made in memory.
 *
 * <p>A file is read anew each time and never held in memory. Rows at fault are reported together,
 * each with its file and line, in one {@link DataException}.
 */
public final class PreferenceRows {
  /** Pairs tokenised at once; bounds the memory for rows that are read but not yet tokenised. */
  private static final int BLOCK = 128;

  private final RowSource source;
  private final RankedOptions ranked;
  private final boolean training;
  private final @Nullable DataSource files;
  private final @Nullable Path tokens;

  private PreferenceRows(
      RowSource source, RankedOptions ranked, boolean training, @Nullable DataSource files) {
    this(source, ranked, training, files, null);
  }

  private PreferenceRows(
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

  /** Takes the split {@code train} of a file, a folder, or a glob. */
  public static PreferenceRows read(Path dataset) {
    return read(dataset, "train");
  }

  /** Takes a file, folder or glob whose lists of answers nobody has judged yet. */
  public static PreferenceRows readUnjudged(Path dataset) {
    RowSource rows = RowSource.of(dataset.toString(), "train", RowShape.ANSWERS, null, false);
    return new PreferenceRows(rows, RankedOptions.DEFAULT, false, null);
  }

  /**
   * Takes a split of a file, a folder, or a glob.
   *
   * @param dataset file, folder or glob
   * @param split a split such as {@code train}, {@code train[0:20]}, {@code train[-10%:]}
   * @throws DataException if the split is not understood
   */
  public static PreferenceRows read(Path dataset, String split) {
    return read(DataSource.of(dataset, split), RankedOptions.DEFAULT);
  }

  /**
   * Takes the rows of a source.
   *
   * @param ranked which pairs are made of lists of answers
   */
  public static PreferenceRows read(DataSource source, RankedOptions ranked) {
    return new PreferenceRows(source.rows(), ranked, source.isTraining(), source);
  }

  /**
   * Takes questions of a user, each with two answers of an assistant; the model's chat template
   * turns them into text. The three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceRows ofQuestions(
      List<String> questions, List<String> chosen, List<String> rejected) {
    return ofConversations(
        turns("user", questions), turns("assistant", chosen), turns("assistant", rejected));
  }

  private static List<List<Message>> turns(String role, List<String> texts) {
    return texts.stream()
        .map(text -> List.of(role.equals("user") ? Message.user(text) : Message.assistant(text)))
        .toList();
  }

  /**
   * Takes plain texts, which no chat template touches; the three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceRows ofTexts(
      List<String> prompts, List<String> chosen, List<String> rejected) {
    return ofColumns(prompts, chosen, rejected);
  }

  /**
   * Takes conversations; the three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceRows ofConversations(
      List<List<Message>> prompts, List<List<Message>> chosen, List<List<Message>> rejected) {
    return ofColumns(fields(prompts), fields(chosen), fields(rejected));
  }

  /** Takes rows of columns, in any form that a file may have. */
  public static PreferenceRows ofRows(
      List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return new PreferenceRows(RowSource.of(rows), RankedOptions.DEFAULT, true, null);
  }

  private static PreferenceRows ofColumns(
      List<? extends Object> prompts,
      List<? extends Object> chosen,
      List<? extends Object> rejected) {
    if (prompts.size() != chosen.size() || prompts.size() != rejected.size()) {
      throw new DataException(
          "prompt, chosen and rejected must have the same number of rows but have %d, %d and %d"
              .formatted(prompts.size(), chosen.size(), rejected.size()));
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("prompt", prompts.get(i));
      row.put("chosen", chosen.get(i));
      row.put("rejected", rejected.get(i));
      rows.add(row);
    }
    return ofRows(rows);
  }

  private static List<Object> fields(List<List<Message>> conversations) {
    return conversations.stream()
        .<Object>map(messages -> messages.stream().map(Message::fields).toList())
        .toList();
  }

  /**
   * Returns the same rows, whose tokens go into a file when they are tokenised. Other processes
   * take them from there with {@link #ofTokens}; that no row is left is a fault there, not here.
   */
  public PreferenceRows into(Path file) {
    return new PreferenceRows(source, ranked, training, files, file);
  }

  /**
   * Takes pairs that other processes have tokenised. A row is read when it is asked for.
   *
   * @param tokens the files, in the order of the rows
   * @param name the data set as the user knows it
   * @throws DataException if a file cannot be read, or if no row is left to train on
   */
  public static PreferenceDataset ofTokens(List<Path> tokens, String name) {
    TokenStore.Found<TokenizedPair> found = TokenStore.joinedPairs(tokens, name);
    requireRows(found.report());
    return new PreferenceDataset(found.rows(), found.report());
  }

  /** Returns the data set as the user knows it. */
  public String name() {
    return source.name();
  }

  /**
   * Hands over all pairs in order. Those of a list of answers that are not trained on, such as
   * ties, come too; a note of the kind {@link RowEvent.Kind#DROPPED} says why.
   *
   * @throws DataException if rows are at fault, after the good rows were handed over
   */
  public void forEach(Consumer<PreferencePair> consumer) {
    forEach(consumer, info -> {});
  }

  /**
   * The same, and tells of the rows that give no pair.
   *
   * @param leftOut takes what is known of such a row in its place; a note of the kind {@link
   *     RowEvent.Kind#DROPPED} says why it gives none
   */
  public void forEach(Consumer<PreferencePair> consumer, Consumer<RowInfo> leftOut) {
    PairMaker maker = new PairMaker(ranked);
    readPairs(
        row -> {
          RowInfo info = maker.leftOut(row);
          if (info != null) {
            leftOut.accept(info);
          }
          return maker.pairs(row);
        },
        consumer);
    if (training) {
      maker.requireEffect(name());
    }
  }

  /**
   * Hands over all rows of {@link #readUnjudged} in order as pairs that nobody has judged yet:
   * besides the forms of {@link #forEach} a row may hold two answers as a list under {@code
   * answers} or {@code responses}. The first answer stands as the chosen one, which says nothing
   * about it.
   *
   * @throws DataException if rows are at fault, after the good rows were handed over
   */
  public void forEachUnjudged(Consumer<PreferencePair> consumer) {
    readPairs(row -> List.of(RowForms.unjudged(row)), consumer);
  }

  private void readPairs(
      Function<Row, List<PreferencePair>> form, Consumer<PreferencePair> consumer) {
    Faults faults = new Faults();
    source.read(
        row -> {
          try {
            form.apply(row).forEach(consumer);
            return true;
          } catch (RowFault e) {
            return faults.add(row.origin(), e.text());
          }
        },
        faults);
    faults.throwIfAny();
  }

  /**
   * Tokenises all pairs; see {@link #tokenize(ChatTokenizer, TokenizeOptions, IntPredicate)}.
   *
   * @throws DataException if rows are at fault, or if no row is left to train on
   */
  public PreferenceDataset tokenize(ChatTokenizer tokenizer, TokenizeOptions options) {
    return tokenize(tokenizer, options, rows -> false);
  }

  /**
   * Tokenises all pairs. The tokens of a large file lie in a file of the cache, and are found there
   * again while data, tokenizer, template and options are the same.
   *
   * @param stopAfter told the number of pairs so far, again and again; says whether to stop
   * @throws DataException if rows are at fault, or if no row is left to train on
   * @throws java.util.concurrent.CancellationException after a stop
   * @throws dev.dpo4j.tokenizer.TokenizerException if the data need a chat template or an EOS token
   *     that the model does not have
   */
  public PreferenceDataset tokenize(
      ChatTokenizer tokenizer, TokenizeOptions options, IntPredicate stopAfter) {
    return tokenize(
        "pairs", tokenizer, options, new PairTokenizer(tokenizer, options)::tokenize, stopAfter);
  }

  /**
   * Tokenises all pairs for a reward model: whole sequences, of which those longer than {@code
   * max_length} are dropped; see {@link PairTokenizer#tokenizeSequences}.
   *
   * @param stopAfter told the number of pairs so far, again and again; says whether to stop
   * @throws DataException if rows are at fault, or if no row is left to train on
   * @throws java.util.concurrent.CancellationException after a stop
   */
  public PreferenceDataset tokenizeSequences(
      ChatTokenizer tokenizer, TokenizeOptions options, IntPredicate stopAfter) {
    return tokenize(
        "sequences",
        tokenizer,
        options,
        new PairTokenizer(tokenizer, options)::tokenizeSequences,
        stopAfter);
  }

  private PreferenceDataset tokenize(
      String kind,
      ChatTokenizer tokenizer,
      TokenizeOptions options,
      Function<PreferencePair, PairOutcome> pairs,
      IntPredicate stopAfter) {
    TokenStore<TokenizedPair> store =
        tokens == null
            ? TokenStore.ofPairs(
                kind, inputs(files), recipe(files, options, ranked, training), tokenizer)
            : TokenStore.pairsInto(tokens);
    TokenStore.Found<TokenizedPair> known = store.find();
    if (known != null) {
      return new PreferenceDataset(known.rows(), known.report());
    }
    ReportBuilder report = new ReportBuilder();
    try (TokenSpool<TokenizedPair> kept = store.spool()) {
      tokenize(
          pairs,
          outcome -> {
            PairTokenizer.count(outcome, report);
            if (outcome.kept() != null) {
              kept.add(outcome.kept());
            }
          },
          stopAfter);
      DataReport finished = report.build(name(), options);
      if (tokens == null) {
        requireRows(finished);
      }
      return new PreferenceDataset(kept.finish(report, finished, store::unchanged), finished);
    }
  }

  static Map<String, Path> inputs(@Nullable DataSource files) {
    return files == null ? Map.of() : files.inputs();
  }

  /** All that decides, beside the files, what the tokens are. */
  static String recipe(
      @Nullable DataSource files, Record options, RankedOptions ranked, boolean training) {
    String source = files == null ? "" : files.options();
    return String.join("\n", source, "" + options, "" + ranked, "" + training);
  }

  /** Hands over what becomes of each pair, in order; some pairs are worked on at a time. */
  void tokenize(PairTokenizer pairs, Consumer<PairOutcome> consumer) {
    tokenize(pairs::tokenize, consumer, rows -> false);
  }

  private void tokenize(
      Function<PreferencePair, PairOutcome> pairs,
      Consumer<PairOutcome> consumer,
      IntPredicate stopAfter) {
    Faults faults = new Faults();
    PairMaker maker = new PairMaker(ranked);
    List<Item> block = new ArrayList<>();
    int[] done = {0};
    Runnable flush =
        () -> {
          TokenStore.checkStop(stopAfter, done[0]);
          done[0] += block.size();
          // Pairs are independent: several threads render and tokenise, the order stays.
          List<Supplier<PairOutcome>> outcomes =
              block.parallelStream().map(item -> attempt(pairs, item)).toList();
          for (int i = 0; i < outcomes.size() && !faults.isFull(); i++) {
            try {
              consumer.accept(outcomes.get(i).get());
            } catch (RowFault e) {
              faults.add(block.get(i).origin(), e.text());
            }
          }
          block.clear();
        };
    source.read(
        row -> {
          try {
            RowInfo leftOut = maker.leftOut(row);
            if (leftOut != null) {
              block.add(new Item(row.origin(), null, leftOut));
            }
            maker.pairs(row).forEach(pair -> block.add(new Item(row.origin(), pair, null)));
          } catch (RowFault e) {
            faults.add(row.origin(), e.text());
          }
          if (block.size() >= BLOCK) {
            flush.run();
          }
          return !faults.isFull();
        },
        faults);
    flush.run();
    faults.throwIfAny();
    if (training) {
      maker.requireEffect(name());
    }
  }

  /** A pair of a row, or what is known of a row that gives none. */
  private record Item(Origin origin, @Nullable PreferencePair pair, @Nullable RowInfo leftOut) {}

  /** Tokenises a pair; a fault is raised where the result is taken. */
  private static Supplier<PairOutcome> attempt(
      Function<PreferencePair, PairOutcome> pairs, Item item) {
    PreferencePair pair = item.pair();
    RowInfo leftOut = item.leftOut();
    try {
      PairOutcome outcome =
          pair == null ? PairOutcome.leftOut(Objects.requireNonNull(leftOut)) : pairs.apply(pair);
      return () -> outcome;
    } catch (RowFault fault) {
      return () -> {
        throw fault;
      };
    }
  }

  static void requireRows(DataReport report) {
    if (report.read() == 0) {
      throw new DataException(
          "%s has no rows: check the file and the range of the split".formatted(report.source()));
    }
    if (report.kept() == 0) {
      throw new DataException(
          "no row is left to train on; raise max_length or look at the rows:\n" + report.toTable());
    }
  }
}
