/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.output.DataDigest;
import dev.dpo4j.train.reference.CachedReference;
import dev.dpo4j.train.reference.PairScorer;
import dev.dpo4j.train.reference.ReferenceFile;
import dev.dpo4j.train.reference.ReferenceLogps;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of the reference for all rows, computed once for several runs from the same
 * model on the same rows.
 *
 * <p>The rows are scored in the order of the file, whatever the order in which a run trains on
 * them, so that every run sees the same numbers. They differ in the last bits from those of a run
 * that scores its own batches.
 */
public final class ReferenceBook implements AutoCloseable {
  /** Rows that are scored together; how a run batches them must not matter. */
  private static final int BATCH = 8;

  private final CachedReference train;
  private final CachedReference eval;
  private final String dataSha256;

  private ReferenceBook(CachedReference train, CachedReference eval, String dataSha256) {
    this.train = train;
    this.eval = eval;
    this.dataSha256 = dataSha256;
  }

  /**
   * Scores all rows with the reference that a run of the configuration would have: the one that was
   * given, else the model as it is, without a new adapter.
   *
   * @param parts models and rows; the model has its adapter already, as {@link DpoRun#of} leaves it
   * @param cache folder where passes that were scored before are found and new ones kept, or null
   * @param stopRequested asked before each batch; after a yes the rest is left out
   * @param progress told the number of rows done so far
   */
  public static ReferenceBook compute(
      DpoRun.Parts parts,
      DpoRunConfig config,
      @Nullable Path cache,
      BooleanSupplier stopRequested,
      IntConsumer progress) {
    LanguageModel policy = parts.policy();
    LanguageModel given = parts.reference();
    PreferenceDataset held = parts.eval();
    List<TokenizedPair> heldPairs = held == null ? List.of() : held.pairs();
    int rows = parts.train().pairs().size();
    ComputeOptions compute = TrainingRun.computeOptions(config.loop());
    try (CausalLm model =
            given != null
                ? given.compute(compute)
                : policy.adapter() == null
                    ? policy.compute(compute)
                    : policy.computeStart(compute);
        ReferenceFile file = cache == null ? null : ReferenceFile.open(cache, model)) {
      CachedReference train = score(model, parts.train().pairs(), file, stopRequested, progress);
      CachedReference eval =
          score(model, heldPairs, file, stopRequested, done -> progress.accept(rows + done));
      String sum = new DataDigest().addPairs(parts.train().pairs()).addPairs(heldPairs).hex();
      return new ReferenceBook(train, eval, sum);
    }
  }

  private static CachedReference score(
      CausalLm model,
      List<TokenizedPair> pairs,
      @Nullable ReferenceFile file,
      BooleanSupplier stopRequested,
      IntConsumer progress) {
    PairScorer scorer = new PairScorer(pairs, RowsPerPass.of(model.config()));
    List<int[]> batches = EvalBatches.of(pairs.size(), BATCH);
    CachedReference.Help help = new CachedReference.Help(file, RankRows.ALL);
    return CachedReference.compute(model, scorer, batches, help, stopRequested, progress);
  }

  /** A checksum over the rows that were scored. */
  public String dataSha256() {
    return dataSha256;
  }

  /**
   * The log-probabilities of the held-out answers, nats.
   *
   * @return the sums of the chosen answers, then those of the rejected ones
   */
  public List<double[]> heldOut(int rows) {
    double[] chosen = new double[rows];
    double[] rejected = new double[rows];
    for (int row = 0; row < rows; row++) {
      ReferenceLogps.Answers answers = eval.of(new int[] {row}).get(0);
      chosen[row] = sum(answers.chosen());
      rejected[row] = sum(answers.rejected());
    }
    return new ArrayList<>(Arrays.asList(chosen, rejected));
  }

  private static double sum(float[] logps) {
    double sum = 0;
    for (float logp : logps) {
      sum += logp;
    }
    return sum;
  }

  /** The training rows as a run sees them; closing it closes nothing. */
  ReferenceLogps train() {
    return shared(train);
  }

  /** The held-out rows as a run sees them. */
  ReferenceLogps eval() {
    return shared(eval);
  }

  private static ReferenceLogps shared(CachedReference reference) {
    return new ReferenceLogps() {
      @Override
      public List<Answers> of(int[] rows) {
        return reference.of(rows);
      }

      @Override
      public void close() {
        // The next run needs it.
      }
    };
  }

  @Override
  public void close() {
    train.close();
    eval.close();
  }
}
