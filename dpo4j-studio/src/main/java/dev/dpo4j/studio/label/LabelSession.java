/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.studio.label.AnnotatorQueue.Done;
import dev.dpo4j.studio.label.AnnotatorQueue.Open;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is asked what, and what was answered.
 *
 * <p>Each row goes to as many annotators as {@code overlap} says; a row that lies open in front of
 * one is kept for them for half an hour. Rows that somebody has judged are finished first, so that
 * agreement can be measured early. A skipped row counts as not judged and may go to somebody else.
 * One in {@code gold_every} questions is a gold question, at a place within each such block that
 * the seed decides. Everything is a function of the seed and the decisions, so that a new start
 * goes on where the last one ended.
 *
 * <p>One thread at a time: what is decided first is written first.
 */
final class LabelSession {
  /** After this time without an answer a row may go to somebody else. */
  static final Duration LEASE = Duration.ofMinutes(30);

  private static final int REASON_CHARS = 4000;
  private static final double MOST_SECONDS = 24 * 3600.0;

  /**
   * What an annotator's page shows.
   *
   * @param question the question, or null when nothing is left for this annotator
   * @param answered how many questions they have answered
   * @param remaining how many may still come, about
   * @param undone the decision that was just taken back, or null
   * @param canUndo whether there is a decision to take back
   */
  record View(
      @Nullable Question question,
      int answered,
      int remaining,
      @Nullable Decision undone,
      boolean canUndo) {}

  /**
   * An answer, as the page sends it.
   *
   * @param question id of the question
   * @param choice what was said
   * @param reason why, or empty
   * @param tags quick reasons
   * @param seconds how long the page was looked at
   * @param ranking places on the page in groups of equals, the best group first; empty unless the
   *     choice is {@link Choice#RANKED}
   */
  record Answer(
      String question,
      Choice choice,
      String reason,
      List<String> tags,
      double seconds,
      List<List<Integer>> ranking) {
    Answer(String question, Choice choice, String reason, List<String> tags, double seconds) {
      this(question, choice, reason, tags, seconds, List.of());
    }
  }

  /**
   * How far an annotator is.
   *
   * @param annotator who
   * @param answered questions answered
   * @param remaining how many may still come, about
   */
  record Standing(String annotator, int answered, int remaining) {}

  private final List<LabelRow> rows;
  private final List<LabelRow> golds;
  private final LabelOptions options;
  private final DecisionLog log;
  private final Clock clock;
  private final LongSupplier nanos;
  private final int[] judged;
  private final Map<String, AnnotatorQueue> desks = new LinkedHashMap<>();
  private final Map<LogEntry.Key, Decision> decisions = new LinkedHashMap<>();

  /**
   * Goes on with what the log holds.
   *
   * @param clock tells when a decision was made
   * @param nanos tells how much time has passed, whatever the clock on the wall does
   * @throws DataException if a decision was made on a row that is not in the file
   */
  LabelSession(
      List<LabelRow> rows,
      List<LabelRow> golds,
      LabelOptions options,
      DecisionLog log,
      Clock clock,
      LongSupplier nanos) {
    this.rows = rows;
    this.golds = golds;
    this.options = options;
    this.log = log;
    this.clock = clock;
    this.nanos = nanos;
    this.judged = new int[rows.size()];
    log.decisions().forEach(this::resume);
  }

  private void resume(Decision decision) {
    List<LabelRow> from = decision.gold() ? golds : rows;
    Optional<LabelRow> row =
        from.stream()
            .skip(Math.max(0, decision.row()))
            .findFirst()
            .filter(found -> found.digest().equals(decision.digest()));
    if (row.isPresent()) {
      int place = decision.row();
      count(new Done(question(decision.gold(), place, decision.annotator()), decision));
    } else if (decision.gold()) {
      // The gold questions may be others this time; what was answered still counts in the report.
      decisions.put(decision.key(), decision);
    } else {
      throw new DataException(
          "%s holds a decision on row %d of another file: that row differs in %s, or is not there. Give the file that the decisions were made on, or another output."
              .formatted(options.output(), decision.row(), options.datasetName()));
    }
  }

  /** Returns the number of rows, gold questions not among them. */
  int rows() {
    return rows.size();
  }

  /** Returns how many rows have been judged by as many people as asked for. */
  synchronized int finishedRows() {
    int finished = 0;
    for (int count : judged) {
      finished += count >= options.overlap() ? 1 : 0;
    }
    return finished;
  }

  /** Returns the names of all who have decided something, in the order in which they came. */
  synchronized List<String> annotators() {
    return decisions.values().stream().map(Decision::annotator).distinct().toList();
  }

  /** Returns how far everybody is who has a question open or has answered one. */
  synchronized List<Standing> standings() {
    return desks.values().stream()
        .filter(desk -> desk.answered() > 0 || desk.open() != null)
        .map(desk -> new Standing(desk.annotator, desk.answered(), remaining(desk)))
        .toList();
  }

  /** Returns all decisions that were not taken back. */
  synchronized Collection<Decision> decisions() {
    return List.copyOf(decisions.values());
  }

  /** Returns what lies in front of an annotator, or puts the next question there. */
  synchronized View view(String annotator) {
    return view(desk(annotator), null);
  }

  private View view(AnnotatorQueue desk, @Nullable Decision undone) {
    Open open = desk.open();
    @Nullable Question question =
        open == null || !isStillTheirs(desk, open) ? next(desk) : open.question();
    desk.open(question == null ? null : new Open(question, nanos.getAsLong()));
    return new View(question, desk.answered(), remaining(desk), undone, desk.last() != null);
  }

  /**
   * Takes an answer, writes it to the disk, and returns the next question. The same answer sent
   * twice counts once.
   *
   * @throws IOException if it cannot be written; it then does not count
   */
  synchronized View decide(String annotator, Answer answer) throws IOException {
    AnnotatorQueue desk = desk(annotator);
    Done last = desk.last();
    if (last != null && last.question().id().equals(answer.question())) {
      if (last.decision().choice() == answer.choice()) {
        return view(desk, null);
      }
      throw conflict("This question was already answered; undo to answer it again.");
    }
    Open open = desk.open();
    @Nullable Question question = open == null ? view(desk, null).question() : open.question();
    if (question == null || !question.id().equals(answer.question())) {
      throw conflict("This question is no longer open here; the page shows the current one.");
    }
    if (!question.gold() && judged[question.place()] >= options.overlap()) {
      // The page lay open for so long that the row was given to somebody else, who was faster.
      desk.open(null);
      throw conflict(
          "Others have judged this row meanwhile; this answer is not needed and was not saved.");
    }
    Decision decision = decision(annotator, question, answer);
    log.append(decision);
    count(new Done(question, decision.withoutTexts()));
    desk.open(null);
    return view(desk, null);
  }

  private Decision decision(String annotator, Question question, Answer answer) {
    if (answer.reason().length() > REASON_CHARS) {
      throw new LabelException(
          LabelException.BAD_REQUEST,
          "The reason may have at most %d characters.".formatted(REASON_CHARS));
    }
    if (!options.tags().containsAll(answer.tags())) {
      throw new LabelException(
          LabelException.BAD_REQUEST, "A tag is unknown; known are " + options.tags() + ".");
    }
    LabelRow row = question.row();
    List<List<Integer>> ranking =
        Rankings.check(question, answer.choice(), answer.ranking(), options.ranking());
    return new Decision(
        clock.instant(),
        annotator,
        question.gold(),
        row.index(),
        row.digest(),
        question.left(),
        answer.choice(),
        answer.reason().strip(),
        answer.tags(),
        seconds(answer.seconds()),
        row.prompt(),
        row.answers(),
        row.context(),
        question.order(),
        ranking);
  }

  /** The page measures the time, so it is bounded here; tenths are enough. */
  private static double seconds(double given) {
    double bounded = given >= 0 ? Math.min(given, MOST_SECONDS) : 0;
    return Math.round(bounded * 10) / 10.0;
  }

  /** Whether a question that lies open may stay there, or has been given to somebody else. */
  private boolean isStillTheirs(AnnotatorQueue desk, Open open) {
    return open.question().gold() || isFree(desk, open.question().place());
  }

  /**
   * Takes the last decision of an annotator back and shows its question again, unless others have
   * judged a skipped row meanwhile: then the next question comes.
   */
  synchronized View undo(String annotator) throws IOException {
    AnnotatorQueue desk = desk(annotator);
    Done last = desk.last();
    if (last == null) {
      throw conflict("There is no decision to undo.");
    }
    log.append(new LogEntry.Undo(clock.instant(), last.decision().key()));
    desk.removeLast();
    decisions.remove(last.decision().key());
    addJudged(last, -1);
    Open again = new Open(last.question(), nanos.getAsLong());
    boolean theirs = isStillTheirs(desk, again);
    desk.open(theirs ? again : null);
    return view(desk, theirs ? last.decision() : null);
  }

  private void count(Done done) {
    desk(done.decision().annotator()).add(done);
    decisions.put(done.decision().key(), done.decision());
    addJudged(done, 1);
  }

  private void addJudged(Done done, int change) {
    if (!done.question().gold() && done.decision().choice() != Choice.SKIP) {
      judged[done.question().place()] += change;
    }
  }

  private AnnotatorQueue desk(String annotator) {
    return desks.computeIfAbsent(
        annotator,
        name ->
            new AnnotatorQueue(name, rows.size(), golds.size(), options.shuffle(), options.seed()));
  }

  private Question question(boolean gold, int place, String annotator) {
    LabelRow row = (gold ? golds : rows).get(place);
    return Question.of(row, gold, place, options.seed(), annotator);
  }

  private @Nullable Question next(AnnotatorQueue desk) {
    List<Integer> free = desk.rowOrder.stream().filter(place -> isFree(desk, place)).toList();
    Optional<Integer> begun = free.stream().filter(place -> judged[place] > 0).findFirst();
    Optional<Integer> row = begun.or(() -> free.stream().findFirst());
    if (row.isEmpty()) {
      return null;
    }
    List<Integer> gold = isGoldTurn(desk) ? desk.goldLeft() : List.of();
    return gold.isEmpty()
        ? question(false, row.get(), desk.annotator)
        : question(true, gold.get(0), desk.annotator);
  }

  private boolean isGoldTurn(AnnotatorQueue desk) {
    int block = desk.answered() / options.goldEvery();
    long draw = Checksums.number("turn", options.seed(), desk.annotator, block);
    return Math.floorMod(draw, options.goldEvery()) == desk.answered() % options.goldEvery();
  }

  /** A row is free while fewer people than asked for have judged it or have it before them. */
  private boolean isFree(AnnotatorQueue desk, int place) {
    return !desk.hasDecided(false, place)
        && judged[place] + heldByOthers(desk, place) < options.overlap();
  }

  private int heldByOthers(AnnotatorQueue desk, int place) {
    long now = nanos.getAsLong();
    int held = 0;
    for (AnnotatorQueue other : desks.values()) {
      Open open = other.open();
      boolean holds =
          open != null
              && !open.question().gold()
              && open.question().place() == place
              && now - open.since() < LEASE.toNanos();
      held += other != desk && holds ? 1 : 0;
    }
    return held;
  }

  private int remaining(AnnotatorQueue desk) {
    int left = 0;
    for (int place = 0; place < rows.size(); place++) {
      left += !desk.hasDecided(false, place) && judged[place] < options.overlap() ? 1 : 0;
    }
    int turns = golds.isEmpty() ? 0 : left / (options.goldEvery() - 1);
    return left + Math.min(turns, desk.goldLeft().size());
  }

  /** Returns what the report says now. */
  LabelReport report() {
    return LabelReport.of(new ArrayList<>(decisions()));
  }

  private static LabelException conflict(String message) {
    return new LabelException(LabelException.CONFLICT, message);
  }
}
