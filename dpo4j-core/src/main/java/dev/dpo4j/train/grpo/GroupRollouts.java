/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.train.rollout.AnswerPasses;
import dev.dpo4j.train.rollout.KlGuard;
import dev.dpo4j.train.rollout.Rollout;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Samples groups of answers and prepares them for training. */
final class GroupRollouts {
  private final CausalLm policy;
  private final @Nullable CausalLm reference;
  private final RolloutMaker maker;
  private final GroupObjective objective;
  private final AnswerPasses passes;
  private final boolean cutCounts;

  /**
   * Makes it.
   *
   * @param reference the model of the KL divergence, or null for none
   * @param cutCounts whether answers that were cut count in the loss
   */
  GroupRollouts(
      CausalLm policy,
      @Nullable CausalLm reference,
      RolloutMaker maker,
      GroupObjective objective,
      AnswerPasses passes,
      boolean cutCounts) {
    this.policy = policy;
    this.reference = reference;
    this.maker = maker;
    this.objective = objective;
    this.passes = passes;
    this.cutCounts = cutCounts;
  }

  RolloutMaker maker() {
    return maker;
  }

  /** The requests for groups of answers to some prompts. */
  static List<RolloutRequest> requests(
      List<TokenizedPrompt> prompts, int[] places, List<Long> seeds) {
    int group = seeds.size() / places.length;
    List<RolloutRequest> requests = new ArrayList<>();
    for (int i = 0; i < seeds.size(); i++) {
      int place = places[i / group];
      requests.add(new RolloutRequest(place, prompts.get(place), seeds.get(i)));
    }
    return requests;
  }

  /**
   * Samples, judges and scores.
   *
   * @param slice answers of a micro-batch, which are scored together as they are trained on
   * @param keepsOld whether the log-probabilities by the policy as it is now are needed later
   */
  GroupBlock make(
      int epoch,
      int number,
      List<RolloutRequest> requests,
      int group,
      int slice,
      boolean keepsOld) {
    Rollout rollout = maker.make(requests);
    boolean scored = keepsOld || objective.penalizesRewards();
    GroupBlock plain =
        new GroupBlock(
            epoch,
            number,
            rollout,
            // Which answers are computed must not depend on advantages that are not known yet.
            new Advantages(new double[requests.size()], new boolean[requests.size() / group], 0),
            null,
            null,
            group,
            cutCounts,
            objective.hasKlInLoss());
    if (objective.penalizesRewards()) {
      List<float[]> old = score(policy, plain, slice);
      List<float[]> held = reference == null ? null : score(reference, plain, slice);
      Advantages advantages = objective.advantages(rollout.rewards(), kl(old, held), group);
      return with(plain, advantages, old, held);
    }
    Advantages advantages = objective.advantages(rollout.rewards(), null, group);
    GroupBlock judged = with(plain, advantages, null, null);
    List<float[]> old = scored ? score(policy, judged, slice) : null;
    List<float[]> held =
        reference == null || !objective.hasKlInLoss() ? null : score(reference, judged, slice);
    return with(plain, advantages, old, held);
  }

  private static GroupBlock with(
      GroupBlock block,
      Advantages advantages,
      @Nullable List<float[]> old,
      @Nullable List<float[]> reference) {
    return new GroupBlock(
        block.epoch(),
        block.number(),
        block.rollout(),
        advantages,
        old,
        reference,
        block.group(),
        block.cutCounts(),
        block.equalCounts());
  }

  /** The divergence of a rollout from the reference, in nats an answer; 0 without a reference. */
  double divergence(GroupBlock block, int slice) {
    List<float[]> held = block.reference();
    if (held == null) {
      return 0;
    }
    List<float[]> old = block.old();
    return KlGuard.divergence(old == null ? score(policy, block, slice) : old, held);
  }

  /** The log-probabilities of all answers, in the passes in which they are trained on. */
  private List<float[]> score(CausalLm model, GroupBlock block, int slice) {
    List<float[]> all = new ArrayList<>();
    for (int from = 0; from < block.samples().size(); from += slice) {
      int to = Math.min(from + slice, block.samples().size());
      List<float[]> some = passes.score(model, block.samples(), block.computed(from, to));
      all.addAll(some.subList(from, to));
    }
    return all;
  }

  /** The log-ratio of the policy to the reference over each answer. */
  private static double @Nullable [] kl(List<float[]> old, @Nullable List<float[]> reference) {
    if (reference == null) {
      return null;
    }
    return IntStream.range(0, old.size())
        .mapToDouble(
            i -> {
              double sum = 0;
              for (int t = 0; t < old.get(i).length; t++) {
                sum += (double) old.get(i)[t] - reference.get(i)[t];
              }
              return sum;
            })
        .toArray();
  }
}
