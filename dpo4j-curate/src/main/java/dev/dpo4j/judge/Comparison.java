/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.judge.endpoint.AskOutcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two answers compared in both orders.
 *
 * @param first place of an answer in its row
 * @param second place of the other
 * @param forward the judgement with {@code first} shown first, or null if there is none
 * @param backward the judgement with {@code second} shown first, or null if there is none
 * @param failure why a judgement is missing; empty where none is
 */
public record Comparison(
    int first,
    int second,
    @Nullable Judgement forward,
    @Nullable Judgement backward,
    String failure) {

  /** What two judgements of the same answers mean together. */
  public enum Outcome {
    /** Both orders name the first answer. */
    FIRST,
    /** Both orders name the second answer. */
    SECOND,
    /** Both orders say tie. */
    TIE,
    /** The orders name different answers: the judge followed the place. */
    FLIP,
    /** One order says tie, the other names an answer. */
    HALF_TIE,
    /** A judgement is missing. */
    FAILED
  }

  static Comparison of(
      int first, int second, AskOutcome<Judgement> forward, AskOutcome<Judgement> backward) {
    String why = "";
    for (AskOutcome<Judgement> asked : List.of(forward, backward)) {
      if (asked instanceof AskOutcome.Failed<Judgement> failed) {
        why = failed.why();
      }
    }
    return new Comparison(first, second, value(forward), value(backward), why);
  }

  private static @Nullable Judgement value(AskOutcome<Judgement> asked) {
    return asked instanceof AskOutcome.Answered<Judgement> answered ? answered.value() : null;
  }

  /** What the two judgements mean together. */
  public Outcome outcome() {
    Judgement one = forward;
    Judgement two = backward;
    if (one == null || two == null) {
      return Outcome.FAILED;
    }
    Verdict there = one.verdict();
    Verdict back = two.verdict();
    if (there == Verdict.TIE || back == Verdict.TIE) {
      return there == back ? Outcome.TIE : Outcome.HALF_TIE;
    }
    if (there == back) {
      return Outcome.FLIP;
    }
    return there == Verdict.FIRST ? Outcome.FIRST : Outcome.SECOND;
  }

  /** The better answer's place in the row, or null: an inconsistent comparison is a tie. */
  public @Nullable Integer winner() {
    return switch (outcome()) {
      case FIRST -> first;
      case SECOND -> second;
      case TIE, FLIP, HALF_TIE, FAILED -> null;
    };
  }
}
