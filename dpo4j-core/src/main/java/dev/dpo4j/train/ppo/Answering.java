/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.loss.ppo.TokenRewards;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.rollout.RewardTable;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.Rollout;
import dev.dpo4j.train.rollout.RolloutMaker;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.RolloutSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Has prompts answered and the answers judged. */
final class Answering {
  private final RolloutMaker maker;
  private final List<TokenizedPrompt> train;
  private final List<TokenizedPrompt> eval;
  private final long seed;
  private final @Nullable Double endPenalty;
  private final TrainListener listener;
  private final long start = System.nanoTime();
  private boolean told;

  /**
   * Makes it.
   *
   * @param seed of all answers
   * @param endPenalty {@code missing_eos_penalty}
   * @param listener is told of rewards that teach nothing
   */
  Answering(
      RolloutMaker maker,
      List<TokenizedPrompt> train,
      List<TokenizedPrompt> eval,
      long seed,
      @Nullable Double endPenalty,
      TrainListener listener) {
    this.maker = maker;
    this.train = List.copyOf(train);
    this.eval = List.copyOf(eval);
    this.seed = seed;
    this.endPenalty = endPenalty;
    this.listener = listener;
  }

  List<TokenizedPrompt> train() {
    return train;
  }

  List<TokenizedPrompt> eval() {
    return eval;
  }

  /**
   * Answers of at least one token to some of the prompts, judged; empty answers are left out.
   *
   * @param step decides what is drawn
   * @throws RewardException if an answer has no reward, or none has a token
   */
  List<Episode> answer(List<TokenizedPrompt> prompts, int[] rows, long step) {
    List<RolloutRequest> requests = new ArrayList<>();
    for (int row : rows) {
      requests.add(new RolloutRequest(row, prompts.get(row), SampleSeeds.of(seed, step, row)));
    }
    Rollout rollout = maker.make(requests);
    RewardTable table = rollout.rewards();
    double[] totals = table.totals();
    List<Episode> episodes = new ArrayList<>();
    for (int i = 0; i < totals.length; i++) {
      RolloutSample sample = rollout.samples().get(i);
      if (sample.completion().ids().length == 0) {
        continue;
      }
      if (!Double.isFinite(totals[i])) {
        throw new RewardException(
            "The reward of an answer to %s is %s at step %d: expected a finite number. PPO needs a reward for every answer. The answer: %s"
                .formatted(
                    sample.prompt().origin(), totals[i], step, Rewards.shorten(sample.text())));
      }
      episodes.add(new Episode(sample, penalised(totals[i], sample.completion().ended())));
    }
    if (episodes.isEmpty()) {
      throw new RewardException(
          "All %d answers of step %d have no tokens: there is nothing to learn from. Where answers come from a source of your own, look at it; a model that says nothing needs another start"
              .formatted(totals.length, step));
    }
    tellOfEqual(totals, step);
    return episodes;
  }

  /** Says how long sampling and judging took, of all the time since the run began. */
  void tellOfTime() {
    double all = (System.nanoTime() - start) / 1e9;
    if (maker.answers() > 0) {
      listener.onNote(
          "rollouts",
          String.format(
              Locale.ROOT,
              "%d answers with %d tokens: sampling took %.1f s and judging %.1f s, %.0f %% and %.0f %% of the %.1f s of the run",
              maker.answers(),
              maker.tokens(),
              maker.answeringSeconds(),
              maker.judgingSeconds(),
              100 * maker.answeringSeconds() / all,
              100 * maker.judgingSeconds() / all,
              all));
    }
  }

  private double penalised(double score, boolean ended) {
    Double penalty = endPenalty;
    return penalty == null ? score : TokenRewards.withEndPenalty(score, ended, penalty);
  }

  private void tellOfEqual(double[] totals, long step) {
    boolean equal = Arrays.stream(totals).allMatch(total -> total == totals[0]);
    if (equal && totals.length > 1 && !told) {
      told = true;
      listener.onWarning(
          "rewards",
          "all %d rewards of step %d are %s: such a rollout says nothing of which answer is better. Look at the reward, or at answers that are all alike."
              .formatted(totals.length, step, totals[0]));
    }
  }

  /** Floating-point operations of a rollout and of learning from it. */
  double flos(PpoModels models, List<Episode> episodes, int epochs) {
    long tokens =
        episodes.stream()
            .mapToLong(episode -> (long) episode.prompt().length + episode.tokens())
            .sum();
    // Training is forward and twice that backward. Forward alone: sampling, and what actor,
    // reference and critic say of the answers.
    double actor = models.policy().trainingFlos(tokens) * (epochs + 1);
    double critic = models.critic().model().trainingFlos(tokens) * (epochs + 1 / 3.0);
    return actor + critic + maker.judgingFlos(episodes.stream().map(Episode::sample).toList());
  }
}
