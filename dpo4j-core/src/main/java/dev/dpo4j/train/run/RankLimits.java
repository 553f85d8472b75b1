/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.MomentFormat;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.Shard;
import java.util.ArrayList;
import java.util.List;

/** What several processes cannot do together yet, each refused by its name. */
final class RankLimits {
  /** What is said of {@code shard} where nothing can be divided. */
  static final String ALONE =
      "has no effect in one process: start several with dpo4j launch, or set it to none";

  private RankLimits() {}

  /** Whether the state of the optimizer is divided among the processes. */
  static boolean shards(RunConfig config, Collectives ranks) {
    return ranks.isSeveral() && config.loop().shard() != Shard.NONE;
  }

  /** Whether the weights are divided among the processes, too. */
  static boolean dividesWeights(RunConfig config, Collectives ranks) {
    return ranks.isSeveral() && config.loop().shard() == Shard.FULL;
  }

  /**
   * Refuses what would make the result depend on the number of processes.
   *
   * @throws ConfigException with all faults at once
   */
  static void check(RunConfig config, LanguageModel policy, TrainingMethod method, RunHooks hooks) {
    Collectives ranks = hooks.ranks();
    if (!ranks.isSeveral()) {
      return;
    }
    List<Fault> faults = new ArrayList<>();
    if (!method.sharesRows()) {
      faults.add(
          fault(
              "WORLD_SIZE",
              ranks,
              "%s trains in one process only; several can train dpo, kto, sft and reward: start it without launch"
                  .formatted(method.name())));
    }
    if (Backends.onCard() && !ranks.joinsCards()) {
      faults.add(
          fault(
              "device",
              ranks,
              "the processes met before they had chosen their cards: choose the device first (Backends.use), then open the ranks"));
    }
    if (config.optimizer().gradientDtype() == GradientDtype.BFLOAT16) {
      faults.add(
          fault(
              "gradient_dtype",
              ranks,
              "is bfloat16, in which sums over processes would round: set it to float32"));
    }
    if (dividesWeights(config, ranks)) {
      refuseWhole(config, policy, method, hooks, faults);
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  /** Refuses what needs all weights in one process while these are divided. */
  private static void refuseWhole(
      RunConfig config,
      LanguageModel policy,
      TrainingMethod method,
      RunHooks hooks,
      List<Fault> faults) {
    Collectives ranks = hooks.ranks();
    String instead = ", which shard full does not divide: set shard to optimizer";
    if (policy.config().head() == ModelHead.REWARD) {
      faults.add(fault("shard", ranks, "the model has a score as its head" + instead));
    }
    if (policy.parameters().isPacked() || policy.parameters().dtype() != DType.FLOAT32) {
      faults.add(fault("shard", ranks, "the base is held in fewer bits" + instead));
    }
    if (TrainingRun.computeOptions(config.loop()).compute() != DType.FLOAT32) {
      faults.add(fault("bf16", ranks, "is true, but shard full needs float32: set it to false"));
    }
    LoraAdapter adapter = policy.adapter();
    if (adapter != null
        && (adapter.needsWholeLayers()
            || !adapter.replaced().isEmpty()
            || !adapter.config().modulesToSave().isEmpty())) {
      faults.add(fault("shard", ranks, "the adapter changes weights beside plain LoRA" + instead));
    }
    if (hooks.optimizer() != null
        || config.optimizer().type().needsWholeParameters()
        || config.optimizer().momentFormat() != MomentFormat.FLOAT32) {
      faults.add(
          fault(
              "optim",
              ranks,
              "keeps more than numbers that belong to one weight each, as shard full needs them: choose adamw_torch, or set shard to optimizer"));
    }
    if (method.scoresBesideTraining()) {
      faults.add(
          fault(
              "precompute_ref_log_probs",
              ranks,
              "the reference scores every batch, and with shard full no process has its weights: set it to true without sync_ref_model, or set shard to optimizer"));
    }
    if (config.bema().bema()) {
      faults.add(fault("bema", ranks, "keeps an average of all weights" + instead));
    }
    if (config.eval().logCompletions()) {
      faults.add(
          fault(
              "log_completions",
              ranks,
              "one process would write answers with all weights: leave it out, or set shard to optimizer"));
    }
    if (!hooks.metrics().isEmpty()) {
      faults.add(
          fault(
              "shard",
              ranks,
              "the metrics %s of the program need all weights: set shard to optimizer"
                  .formatted(hooks.metrics().keySet())));
    }
  }

  private static Fault fault(String key, Collectives ranks, String message) {
    return new Fault(key, ranks.size() + " processes", message);
  }
}
