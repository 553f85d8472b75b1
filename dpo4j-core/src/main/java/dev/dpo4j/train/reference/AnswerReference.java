/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RankRows;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Log-probabilities of single answers under the frozen reference model. */
public final class AnswerReference {
  private final AnswerScorer scorer;
  private final @Nullable CausalLm model;
  private @Nullable LongTable known;

  private AnswerReference(
      AnswerScorer scorer, @Nullable CausalLm model, @Nullable LongTable known) {
    this.scorer = scorer;
    this.model = model;
    this.known = known;
  }

  /**
   * Makes a reference around a model that stays in memory and that somebody else closes.
   *
   * @param remember whether an answer is computed only once until {@link #forget}
   */
  public static AnswerReference of(AnswerScorer scorer, CausalLm model, boolean remember) {
    return new AnswerReference(scorer, model, remember ? new LongTable() : null);
  }

  /** Makes a reference that knows nothing yet and learns from {@link #learn}. */
  public static AnswerReference computedOnce(AnswerScorer scorer) {
    return new AnswerReference(scorer, null, new LongTable());
  }

  /**
   * Computes what is not known yet of some items, which are scored together.
   *
   * @param share which of them this process scores; it knows all of them afterwards
   */
  public void learn(CausalLm teacher, List<AnswerScorer.Item> items, RankRows share) {
    LongTable table = known;
    if (table != null
        && items.stream().anyMatch(item -> table.get(key(item)) == LongTable.ABSENT)) {
      List<double[]> own =
          scorer.score(teacher, share.own(items), Want.LOGPS).stream()
              .map(stats -> new double[] {stats.logp()})
              .toList();
      List<double[]> logps = share.all(own);
      for (int i = 0; i < items.size(); i++) {
        long key = key(items.get(i));
        if (table.get(key) == LongTable.ABSENT) {
          table.put(key, Double.doubleToRawLongBits(logps.get(i)[0]));
        }
      }
    }
  }

  private static long key(AnswerScorer.Item item) {
    return (long) item.prompt() << 32 | item.answer();
  }

  /** The log-probability of each item, nats. */
  public double[] of(List<AnswerScorer.Item> items) {
    if (known == null) {
      CausalLm teacher = Objects.requireNonNull(model);
      return scorer.score(teacher, items, Want.LOGPS).stream()
          .mapToDouble(TokenStats::logp)
          .toArray();
    }
    if (model != null) {
      learn(model, items, RankRows.ALL);
    }
    return items.stream().mapToDouble(this::known).toArray();
  }

  private double known(AnswerScorer.Item item) {
    LongTable table = known;
    long logp = table == null ? LongTable.ABSENT : table.get(key(item));
    if (logp == LongTable.ABSENT) {
      throw new IllegalStateException("the reference was not computed for " + item);
    }
    return Double.longBitsToDouble(logp);
  }

  /** Tells that the model has changed. */
  public void forget() {
    if (known != null) {
      known = new LongTable();
    }
  }
}
