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
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutRequest;
import dev.dpo4j.train.rollout.RolloutSample;
import dev.dpo4j.train.rollout.SampledRollouts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lets a model answer the held-out prompts and judges the answers by both rewards. */
final class LabExam {
  private static final int BATCH = 16;

  private final List<TokenizedPrompt> prompts;
  private final CausalLm start;
  private final RewardSource learned;
  private final int samples;
  private final int longest;

  /**
   * Prepares it.
   *
   * @param start the model that training started from
   * @param learned the reward model
   * @param samples answers to each prompt
   * @param longest most tokens of an answer
   */
  LabExam(
      List<TokenizedPrompt> prompts,
      CausalLm start,
      RewardSource learned,
      int samples,
      int longest) {
    this.prompts = List.copyOf(prompts);
    this.start = start;
    this.learned = learned;
    this.samples = samples;
    this.longest = longest;
  }

  /** The answers of a model at a temperature; each has the same seed whatever the model. */
  List<RolloutSample> answers(LanguageModel model, double temperature) {
    SamplingOptions sampling = new SamplingOptions(longest, temperature, 0, 1, 0, 1, 0);
    List<RolloutRequest> requests = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      for (int i = 0; i < samples; i++) {
        requests.add(new RolloutRequest(row, prompts.get(row), SampleSeeds.of(77, row, i)));
      }
    }
    List<Completion> found =
        new SampledRollouts(model, ComputeOptions.float32(), sampling, BATCH).complete(requests);
    List<RolloutSample> answers = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      RolloutRequest request = requests.get(i);
      String text = model.tokenizer().decode(found.get(i).ids(), true).strip();
      answers.add(new RolloutSample(request.place(), request.prompt(), found.get(i), text));
    }
    return answers;
  }

  /** The policy as it is: rewards and distance of answers that it draws. */
  LabResult.Point take(LanguageModel model, double work, double seconds) {
    List<RolloutSample> answers = answers(model, 1);
    double[] trueRewards = trueRewards(answers);
    double learnedReward = Arrays.stream(learned.score(answers)).average().orElse(0);
    double kl = 0;
    try (CausalLm policy = model.compute(ComputeOptions.float32())) {
      for (RolloutSample answer : answers) {
        kl += logp(policy, answer) - logp(start, answer);
      }
    }
    return new LabResult.Point(
        work,
        seconds,
        Arrays.stream(trueRewards).average().orElse(0),
        learnedReward,
        kl / answers.size());
  }

  static double[] trueRewards(List<RolloutSample> answers) {
    return answers.stream().mapToDouble(answer -> LabReward.of(answer.text())).toArray();
  }

  private static double logp(CausalLm model, RolloutSample answer) {
    if (answer.completion().ids().length == 0) {
      return 0;
    }
    FlatBatch batch =
        FlatBatch.of(
            List.of(FlatBatch.Tree.single(answer.prompt().ids(), answer.completion().ids())));
    return model.score(batch, Want.LOGPS).sumLogps(batch.entryStart(0), batch.entryEnd(0));
  }

  /** Share of the answers that beat those of the start; a tie counts half. */
  double winRate(LanguageModel model, LanguageModel other, double temperature) {
    double[] own = trueRewards(answers(model, temperature));
    double[] others = trueRewards(answers(other, temperature));
    double wins = 0;
    for (int i = 0; i < own.length; i++) {
      wins += own[i] > others[i] ? 1 : own[i] == others[i] ? 0.5 : 0;
    }
    return wins / own.length;
  }
}
