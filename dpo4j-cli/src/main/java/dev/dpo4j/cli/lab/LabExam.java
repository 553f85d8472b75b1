/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.RolloutSample;
import dev.dpo4j.train.rollout.SampledRollouts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lets a model answer the held-out prompts and judges the answers by both rewards.
 *
 * <p>It holds the start and the reward model for the whole lab; what the start says is kept.
 */
final class LabExam implements AutoCloseable {
  private static final long SEED = 77;

  private final LanguageModel start;
  private final LanguageModel reward;
  private final CausalLm network;
  private final RewardSource learned;
  private final List<TokenizedPrompt> prompts;
  private final int samples;
  private final Map<Double, double[]> ofStart = new HashMap<>();
  private LabResult.@Nullable Point first;

  /** Loads the models. */
  LabExam(LabData data, int samples) {
    this.start = LanguageModel.load(data.startFolder());
    this.reward = LanguageModel.loadReward(data.rewardFolder());
    this.network = start.compute(ComputeOptions.float32());
    this.learned = TokenReward.of(reward, start, ComputeOptions.float32());
    this.prompts = data.heldOut(start);
    this.samples = samples;
  }

  /** The answers of a model at a temperature; each has the same seed whatever the model. */
  List<RolloutSample> answers(LanguageModel model, double temperature) {
    // The most probable answer is one only.
    int each = temperature == 0 ? 1 : samples;
    SamplingOptions sampling = new SamplingOptions(LabMethod.LONGEST, temperature, 0, 1, 0, 1, 0);
    List<RolloutRequest> requests = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      for (int i = 0; i < each; i++) {
        requests.add(new RolloutRequest(row, prompts.get(row), SampleSeeds.of(SEED, row, i)));
      }
    }
    List<Completion> found =
        new SampledRollouts(model, ComputeOptions.float32(), sampling, LabData.BATCH)
            .complete(requests);
    List<RolloutSample> answers = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      RolloutRequest request = requests.get(i);
      String text = model.tokenizer().decode(found.get(i).ids(), true).strip();
      answers.add(new RolloutSample(request.place(), request.prompt(), found.get(i), text));
    }
    return answers;
  }

  /** What {@link #take} says of the start. */
  LabResult.Point atStart() {
    LabResult.Point known = first;
    if (known == null) {
      known = take(start, 0, 0, 0);
      first = known;
    }
    return known;
  }

  /** The policy as it is: rewards and distance of answers that it draws. */
  LabResult.Point take(LanguageModel model, double work, double seconds, double cpuSeconds) {
    List<RolloutSample> answers = answers(model, 1);
    double kl = 0;
    try (CausalLm policy = model.compute(ComputeOptions.float32())) {
      double[] now = logps(policy, answers);
      double[] before = logps(network, answers);
      for (int i = 0; i < now.length; i++) {
        kl += now[i] - before[i];
      }
    }
    return new LabResult.Point(
        work,
        seconds,
        cpuSeconds,
        Arrays.stream(trueRewards(answers)).average().orElse(0),
        Arrays.stream(learned.score(answers)).average().orElse(0),
        kl / answers.size());
  }

  private static double[] trueRewards(List<RolloutSample> answers) {
    return answers.stream().mapToDouble(answer -> LabReward.of(answer.text())).toArray();
  }

  private static double[] logps(CausalLm model, List<RolloutSample> answers) {
    List<FlatBatch.Tree> trees =
        answers.stream()
            .map(answer -> FlatBatch.Tree.single(answer.prompt().ids(), answer.completion().ids()))
            .toList();
    int[] all = IntStream.range(0, trees.size()).toArray();
    double[] sums = new double[all.length];
    for (int[] pass :
        RowsPerPass.of(model.config()).split(all, answer -> trees.get(answer).rows())) {
      FlatBatch batch = FlatBatch.of(Arrays.stream(pass).mapToObj(trees::get).toList());
      TokenStats stats = model.score(batch, Want.LOGPS);
      for (int i = 0; i < pass.length; i++) {
        sums[pass[i]] = stats.sumLogps(batch.entryStart(i), batch.entryEnd(i));
      }
    }
    return sums;
  }

  /** Share of the answers that beat those of the start; a tie counts half. */
  double winRate(LanguageModel model, double temperature) {
    double[] own = trueRewards(answers(model, temperature));
    double[] others = ofStart.computeIfAbsent(temperature, t -> trueRewards(answers(start, t)));
    double wins = 0;
    for (int i = 0; i < own.length; i++) {
      wins += own[i] > others[i] ? 1 : own[i] == others[i] ? 0.5 : 0;
    }
    return wins / own.length;
  }

  @Override
  public void close() {
    learned.close();
    network.close();
    reward.close();
    start.close();
  }
}
