/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static dev.dpo4j.studio.label.Samples.answer;
import static dev.dpo4j.studio.label.Samples.firstSide;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.row.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelSessionTest {
  @TempDir private Path folder;
  private DecisionLog log;

  @AfterEach
  void close() throws IOException {
    if (log != null) {
      log.close();
    }
  }

  private LabelSession session(int rows, int gold, String... flags) throws IOException {
    close();
    log = DecisionLog.open(folder.resolve("decisions.jsonl"));
    Map<String, String> map = new HashMap<>(Map.of("output", "decisions.jsonl"));
    if (gold > 0) {
      map.put("gold", "gold.jsonl");
    }
    for (int i = 0; i < flags.length; i += 2) {
      map.put(flags[i], flags[i + 1]);
    }
    List<LabelRow> golds = gold == 0 ? List.of() : LabelRow.readGold(Samples.gold(folder, gold));
    return Samples.session(Samples.rows(folder, rows), golds, Samples.options(map), log);
  }

  private static List<String> labelAll(LabelSession session, String annotator) throws IOException {
    List<String> prompts = new ArrayList<>();
    LabelSession.View view = session.view(annotator);
    while (view.question() != null) {
      prompts.add((String) view.question().row().prompt());
      view = session.decide(annotator, answer(view, firstSide(view)));
    }
    return prompts;
  }

  @Test
  void rowsComeInTheOrderOfTheFileEachOnce() throws IOException {
    LabelSession session = session(3, 0);
    assertThat(labelAll(session, "ann")).containsExactly("prompt 0", "prompt 1", "prompt 2");
    assertThat(session.finishedRows()).isEqualTo(3);
    assertThat(session.view("bob").question()).isNull();
  }

  @Test
  void theFirstAnswerStandsOnEitherSideAndElsewhereForEachAnnotator() throws IOException {
    LabelSession session = session(60, 0, "overlap", "2");
    Map<String, StringBuilder> sides = new HashMap<>();
    for (String name : List.of("ann", "bob")) {
      LabelSession.View view = session.view(name);
      while (view.question() != null) {
        sides.computeIfAbsent(name, n -> new StringBuilder()).append(view.question().left());
        view = session.decide(name, answer(view, Choice.TIE));
      }
    }
    String ann = sides.get("ann").toString();
    // 60 fair coins: fewer than 15 of a side would happen once in 20,000 seeds, and this is one.
    assertThat(ann.chars().filter(c -> c == '0').count()).isBetween(15L, 45L);
    assertThat(ann).isNotEqualTo(sides.get("bob").toString());
  }

  @Test
  void aDecisionMeansTheSameAnswerWhicheverSideItStoodOn() throws IOException {
    LabelSession session = session(20, 0);
    labelAll(session, "ann");
    assertThat(session.decisions())
        .hasSize(20)
        .allMatch(decision -> decision.verdict().orElseThrow() == BestAnswer.FIRST)
        .anyMatch(decision -> decision.choice() == Choice.LEFT)
        .anyMatch(decision -> decision.choice() == Choice.RIGHT);
  }

  @Test
  void twoAnnotatorsShareTheRowsAndNeverHaveTheSameOneBeforeThem() throws IOException {
    LabelSession session = session(4, 0);
    LabelSession.View ann = session.view("ann");
    LabelSession.View bob = session.view("bob");
    assertThat(ann.question().row().prompt()).isEqualTo("prompt 0");
    assertThat(bob.question().row().prompt()).isEqualTo("prompt 1");
    ann = session.decide("ann", answer(ann, Choice.LEFT));
    assertThat(ann.question().row().prompt()).isEqualTo("prompt 2");
    assertThat(session.view("bob").question().row().prompt()).isEqualTo("prompt 1");
  }

  private LabelSession timed(AtomicLong nanos, Clock clock) throws IOException {
    log = DecisionLog.open(folder.resolve("decisions.jsonl"));
    return new LabelSession(
        LabelRow.read(Samples.rows(folder, 1)),
        List.of(),
        Samples.options(Map.of()),
        log,
        clock,
        nanos::get);
  }

  @Test
  void aRowThatLiesOpenTooLongGoesToSomebodyElse() throws IOException {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    LabelSession session = timed(nanos, Samples.NOON);
    LabelSession.View ann = session.view("ann");
    assertThat(session.view("bob").question()).isNull();
    nanos.addAndGet(LabelSession.LEASE.toNanos() + 1);
    LabelSession.View bob = session.view("bob");
    assertThat(bob.question()).isNotNull();
    assertThat(session.view("ann").question()).as("it is given out once").isNull();
    session.decide("bob", answer(bob, Choice.LEFT));
    assertThatThrownBy(() -> session.decide("ann", answer(ann, Choice.LEFT)))
        .isInstanceOf(LabelException.class);
    assertThat(session.decisions()).hasSize(1);
  }

  @Test
  void ofTwoWhoHaveTheSameRowTheFirstOneCounts() throws IOException {
    AtomicLong nanos = new AtomicLong();
    LabelSession session = timed(nanos, Samples.NOON);
    LabelSession.View ann = session.view("ann");
    nanos.addAndGet(LabelSession.LEASE.toNanos() + 1);
    LabelSession.View bob = session.view("bob");
    session.decide("ann", answer(ann, Choice.LEFT));
    assertThatThrownBy(() -> session.decide("bob", answer(bob, Choice.LEFT)))
        .isInstanceOf(LabelException.class)
        .hasMessageContaining("Others have judged this row meanwhile");
    assertThat(session.decisions()).hasSize(1);
    assertThat(session.view("bob").question()).isNull();
  }

  @Test
  void aClockThatJumpsGivesNothingOutTwice() throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(Samples.NOON.instant());
    InstantSource source = now::get;
    LabelSession session = timed(new AtomicLong(), source.withZone(ZoneOffset.UTC));
    LabelSession.View ann = session.view("ann");
    now.set(now.get().plus(Duration.ofDays(1)));
    assertThat(session.view("bob").question()).isNull();
    session.decide("ann", answer(ann, Choice.LEFT));
    assertThat(session.finishedRows()).isEqualTo(1);
  }

  @Test
  void aSkipThatIsTakenBackDoesNotLetARowBeJudgedTooOften() throws IOException {
    LabelSession session = session(2, 0);
    LabelSession.View ann = session.view("ann");
    Object first = ann.question().row().prompt();
    session.decide("ann", answer(ann, Choice.SKIP));
    LabelSession.View bob = session.view("bob");
    assertThat(bob.question().row().prompt()).isEqualTo(first);
    session.decide("bob", answer(bob, Choice.LEFT));
    LabelSession.View back = session.undo("ann");
    assertThat(back.question().row().prompt()).isNotEqualTo(first);
    assertThat(back.undone()).as("what was taken back is not of this question").isNull();
    labelAll(session, "ann");
    labelAll(session, "bob");
    assertThat(session.decisions()).hasSize(2);
  }

  @Test
  void withOverlapEachRowIsJudgedBySoManyAndNoMore() throws IOException {
    LabelSession session = session(3, 0, "overlap", "2");
    assertThat(labelAll(session, "ann")).hasSize(3);
    assertThat(session.finishedRows()).isZero();
    assertThat(labelAll(session, "bob")).hasSize(3);
    assertThat(session.finishedRows()).isEqualTo(3);
    assertThat(labelAll(session, "cem")).isEmpty();
  }

  @Test
  void aSkippedRowGoesToSomebodyElse() throws IOException {
    LabelSession session = session(1, 0);
    LabelSession.View view = session.view("ann");
    assertThat(session.decide("ann", answer(view, Choice.SKIP)).question()).isNull();
    assertThat(labelAll(session, "bob")).containsExactly("prompt 0");
    assertThat(session.finishedRows()).isEqualTo(1);
  }

  @Test
  void shufflingGivesEachAnnotatorAnOrderThatTheSeedDecides() throws IOException {
    LabelSession session = session(30, 0, "shuffle", "true", "overlap", "2");
    List<String> ann = labelAll(session, "ann");
    List<String> bob = labelAll(session, "bob");
    assertThat(ann).isNotEqualTo(bob).containsExactlyInAnyOrderElementsOf(bob);
    assertThat(ann.get(0) + ann.get(1) + ann.get(2)).isNotEqualTo("prompt 0prompt 1prompt 2");
  }

  @Test
  void rowsThatSomebodyHasJudgedAreFinishedFirst() throws IOException {
    LabelSession session = session(30, 0, "shuffle", "true", "overlap", "2");
    Map<String, Set<Object>> prompts = new HashMap<>();
    for (String name : List.of("ann", "bob")) {
      Set<Object> seen = new HashSet<>();
      LabelSession.View view = session.view(name);
      for (int i = 0; i < 5; i++) {
        seen.add(view.question().row().prompt());
        view = session.decide(name, answer(view, Choice.TIE));
      }
      prompts.put(name, seen);
    }
    assertThat(prompts.get("bob")).isEqualTo(prompts.get("ann"));
    assertThat(session.finishedRows()).isEqualTo(5);
  }

  @Test
  void goldQuestionsComeOnceInEveryBlockAtPlacesOfTheirOwn() throws IOException {
    LabelSession session = session(40, 3, "gold_every", "10");
    List<String> prompts = labelAll(session, "ann");
    assertThat(prompts).hasSize(43).doesNotHaveDuplicates();
    Set<Integer> places = new HashSet<>();
    for (int block = 0; block < 3; block++) {
      List<String> ten = prompts.subList(10 * block, 10 * block + 10);
      assertThat(ten).filteredOn(prompt -> prompt.startsWith("gold")).hasSize(1);
      for (int i = 0; i < 10; i++) {
        if (ten.get(i).startsWith("gold")) {
          places.add(i);
        }
      }
    }
    assertThat(places).hasSizeGreaterThan(1);
    assertThat(session.report().toMap().get("annotators").toString())
        .contains("gold_asked=3, gold_correct=3, gold_accuracy=1.0");
  }

  @Test
  void undoShowsTheSameQuestionAgainAndGoesBackStepByStep() throws IOException {
    LabelSession session = session(3, 0);
    LabelSession.View first = session.view("ann");
    LabelSession.View second = session.decide("ann", answer(first, Choice.LEFT));
    session.decide("ann", answer(second, Choice.TIE));
    LabelSession.View back = session.undo("ann");
    assertThat(back.question()).isEqualTo(second.question());
    assertThat(back.undone().choice()).isEqualTo(Choice.TIE);
    assertThat(session.undo("ann").question()).isEqualTo(first.question());
    assertThat(session.decisions()).isEmpty();
    assertThatThrownBy(() -> session.undo("ann")).hasMessageContaining("no decision to undo");
    assertThat(labelAll(session, "ann")).containsExactly("prompt 0", "prompt 1", "prompt 2");
  }

  @Test
  void nobodyTakesBackWhatAnotherDecided() throws IOException {
    LabelSession session = session(2, 0);
    session.decide("ann", answer(session.view("ann"), Choice.LEFT));
    assertThatThrownBy(() -> session.undo("bob")).isInstanceOf(LabelException.class);
    assertThat(session.decisions()).hasSize(1);
  }

  @Test
  void anAnswerThatIsSentTwiceCountsOnce() throws IOException {
    LabelSession session = session(3, 0);
    LabelSession.View view = session.view("ann");
    LabelSession.View next = session.decide("ann", answer(view, Choice.LEFT));
    assertThat(session.decide("ann", answer(view, Choice.LEFT))).isEqualTo(next);
    assertThat(session.decisions()).hasSize(1);
    assertThatThrownBy(() -> session.decide("ann", answer(view, Choice.RIGHT)))
        .hasMessageContaining("already answered");
    LabelSession.Answer unknown =
        new LabelSession.Answer("no such id", Choice.LEFT, "", List.of(), 1);
    assertThatThrownBy(() -> session.decide("ann", unknown)).hasMessageContaining("no longer open");
  }

  @Test
  void aNewStartGoesOnWhereTheLastOneEnded() throws IOException {
    LabelSession before = session(27, 3);
    LabelSession.View view = before.view("ann");
    for (int i = 0; i < 13; i++) {
      view = before.decide("ann", answer(view, i % 2 == 0 ? Choice.LEFT : Choice.SKIP));
    }
    before.undo("ann");
    Object open = before.view("ann");
    LabelSession after = session(27, 3);
    LabelSession.View resumed = after.view("ann");
    assertThat(resumed.question()).isEqualTo(((LabelSession.View) open).question());
    assertThat(resumed.answered()).isEqualTo(12);
    assertThat(resumed.canUndo()).isTrue();
    assertThat(after.undo("ann").undone().seconds()).isEqualTo(2.5);
  }

  @Test
  void decisionsOnOtherRowsAreRefused() throws IOException {
    LabelSession session = session(3, 0);
    labelAll(session, "ann");
    assertThatThrownBy(() -> session(2, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a decision on row 2 of another file");
  }

  @Test
  void aTagThatIsNotOfferedAndAnEndlessReasonAreRefused() throws IOException {
    LabelSession session = session(1, 0, "tags", "short,polite");
    String id = session.view("ann").question().id();
    assertThatThrownBy(
            () ->
                session.decide(
                    "ann", new LabelSession.Answer(id, Choice.TIE, "", List.of("rude"), 1)))
        .hasMessageContaining("[short, polite]");
    String endless = "x".repeat(4001);
    assertThatThrownBy(
            () ->
                session.decide(
                    "ann", new LabelSession.Answer(id, Choice.TIE, endless, List.of(), 1)))
        .hasMessageContaining("4000 characters");
    assertThat(session.decisions()).isEmpty();
  }

  @Test
  void optionsWithoutEffectOrSenseAreErrors() {
    assertThatThrownBy(() -> Samples.options(Map.of("gold_every", "5")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gold_every: has no effect without gold");
    assertThatThrownBy(() -> Samples.options(Map.of("annotator", "a/b")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("annotator: must be 1 to 40 letters");
    assertThatThrownBy(() -> Samples.options(Map.of("overlap", "0")))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> Samples.options(Map.of("tags", "a,b,a")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("different words");
    assertThat(Samples.options(Map.of("annotator", "李雷 2")).annotator()).isEqualTo("李雷 2");
  }
}
