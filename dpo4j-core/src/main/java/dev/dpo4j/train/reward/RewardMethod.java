/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.StillPairs;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.output.DataDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Training of a reward model as a method of training. */
final class RewardMethod implements TrainingMethod {
  /** Columns that other methods read, and TRL's RewardTrainer passes over in silence. */
  private static final List<String> UNREAD = List.of("weight", "p_chosen");

  private final RewardRun.Parts parts;
  private final RewardRunConfig config;
  private final RewardPairs train;
  private final RewardPairs eval;
  private final StillPairs still;

  RewardMethod(RewardRun.Parts parts, RewardRunConfig config) {
    LanguageModel model = parts.model();
    if (model.config().head() != ModelHead.REWARD) {
      throw new IllegalArgumentException(
          model.folder() + " was loaded as a language model: load it for rewards");
    }
    this.parts = parts;
    this.config = config;
    this.train = new RewardPairs(parts.train().pairs(), model.config());
    PreferenceDataset held = parts.eval();
    this.eval = new RewardPairs(held == null ? List.of() : held.pairs(), model.config());
    checkColumns(parts.train());
    Double centred = config.loss().centerRewardsCoefficient();
    this.still = StillPairs.of(parts.train(), allStill -> centred != null && centred != 0);
    if (held != null) {
      checkColumns(held);
    }
  }

  private static void checkColumns(PreferenceDataset data) {
    for (String column : UNREAD) {
      if (data.pairs().stream().anyMatch(pair -> pair.extras().containsKey(column))) {
        throw new DataException(
            "%s: The column %s has no effect in reward, which knows margin alone: remove the column"
                .formatted(data.report().source(), column));
      }
    }
  }

  @Override
  public String name() {
    return "reward";
  }

  @Override
  public boolean sharesRows() {
    return true;
  }

  @Override
  public String unit() {
    return "pairs";
  }

  @Override
  public DataReport report() {
    return parts.train().report();
  }

  @Override
  public int trainRows() {
    return train.size();
  }

  @Override
  public int evalRows() {
    return eval.size();
  }

  @Override
  public String dataSha256() {
    PreferenceDataset held = parts.eval();
    return new DataDigest()
        .addPairs(parts.train().pairs())
        .addPairs(held == null ? null : held.pairs())
        .hex();
  }

  @Override
  public long tokensPerEpoch() {
    return parts.train().pairs().stream().mapToLong(TokenizedPair::tokens).sum();
  }

  @Override
  public long longestPass(int[] microBatch) {
    return train.longestPass(microBatch);
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("loss", "-log sigmoid(r_chosen - r_rejected - margin)");
    Double coefficient = config.loss().centerRewardsCoefficient();
    if (coefficient != null) {
      facts.put("center_rewards_coefficient", coefficient);
    }
    return facts;
  }

  @Override
  public void prepare(RunContext surroundings) {
    still.warn(surroundings.listener());
  }

  /** No token is learnt: a reward model writes no answers. */
  @Override
  public void showEnds(LearntEnd end) {}

  @Override
  public TrainTask open(CausalLm policy, RunContext surroundings) {
    return task(policy, surroundings.share());
  }

  @Override
  public TrainTask openEvaluation(CausalLm policy) {
    return task(policy, RankRows.ALL);
  }

  private TrainTask task(CausalLm policy, RankRows share) {
    return new RewardTask(
        policy, config.loss().loss(), train, eval, config.eval().perDeviceEvalBatchSize(), share);
  }
}
