/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutSample;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Trains the same model by every method with the same work, and examines what comes out.
 *
 * <p>Each run that is done is a file, so that a lab that was stopped goes on.
 */
final class PpoLab {
  /** Tokens of an answer with its prompt that a rollout of PPO is taken to have, for the budget. */
  private static final int TOKENS = 64;

  private static final int ROLLOUT = 16;

  /** Places on the way at which the policy is looked at. */
  private static final int LOOKS = 4;

  private final LabData data;
  private final LabScale scale;
  private final Consumer<String> told;

  PpoLab(LabData data, LabScale scale, Consumer<String> told) {
    this.data = data;
    this.scale = scale;
    this.told = told;
  }

  /** All runs, those of an earlier process included. */
  List<LabResult> run() throws IOException {
    List<LabResult> results = new ArrayList<>();
    for (int seed = 1; seed <= scale.seeds(); seed++) {
      for (LabMethod method : LabMethod.values()) {
        for (double strength : scale.strengths()) {
          if (strength == 1 || method.hasStrength()) {
            results.add(one(method, strength, seed));
          }
        }
      }
    }
    return results;
  }

  private LabResult one(LabMethod method, double strength, int seed) throws IOException {
    String name = "%s-%s-%d.json".formatted(method.name().toLowerCase(Locale.ROOT), strength, seed);
    Path file = Files.createDirectories(data.folder().resolve("results")).resolve(name);
    if (Files.exists(file)) {
      return JsonMapper.shared().readValue(Files.readString(file), LabResult.class);
    }
    LabResult result = train(method, strength, seed);
    AtomicFile.writeString(file, JsonMapper.shared().writeValueAsString(result) + "\n");
    told.accept(
        String.format(
            Locale.ROOT,
            "%-18s strength %-5s seed %d  true %.2f  learned %.2f  KL %.2f  %.0f s",
            method.title(),
            strength,
            seed,
            result.last().trueReward(),
            result.last().learnedReward(),
            result.last().kl(),
            result.seconds()));
    return result;
  }

  private LabResult train(LabMethod method, double strength, int seed) {
    try (LanguageModel start = LanguageModel.load(data.startFolder());
        LanguageModel reward = LanguageModel.loadReward(data.rewardFolder());
        LanguageModel policy = LanguageModel.load(data.startFolder());
        CausalLm network = start.compute(ComputeOptions.float32());
        RewardSource learned = TokenReward.of(reward, start, ComputeOptions.float32())) {
      LabExam exam =
          new LabExam(data.heldOut(start), network, learned, scale.samples(), LabMethod.LONGEST);
      Watch watch = new Watch(method, policy, exam);
      TrainResult done =
          method.train(
              data, policy, strength, seed, RunHooks.of(watch, () -> watch.work >= watch.budget));
      watch.look();
      List<Double> winRate = new ArrayList<>();
      for (double temperature : LabResult.TEMPERATURES) {
        winRate.add(exam.winRate(policy, start, temperature));
      }
      RolloutSample sample = exam.answers(policy, 0).get(0);
      return new LabResult(
          method.title(),
          strength,
          seed,
          method.models(),
          watch.work,
          watch.seconds,
          done.steps(),
          List.copyOf(watch.points),
          winRate,
          sample.text());
    }
  }

  /** Counts the work of a run and looks at its policy on the way. */
  private final class Watch implements TrainListener {
    private final LabMethod method;
    private final LanguageModel policy;
    private final LabExam exam;
    private final List<LabResult.Point> points = new ArrayList<>();
    private final double weights;
    private final double budget;
    private double work;
    private double seconds;

    Watch(LabMethod method, LanguageModel policy, LabExam exam) {
      this.method = method;
      this.policy = policy;
      this.exam = exam;
      long embedding = (long) policy.config().vocabSize() * policy.config().hiddenSize();
      this.weights = policy.parameters().count() - embedding;
      this.budget = (double) scale.rollouts() * ROLLOUT * TOKENS * LabMethod.PPO.passes() * weights;
      look();
    }

    /** Keeps how the policy is now. */
    void look() {
      points.add(exam.take(policy, work, seconds));
    }

    @Override
    public void onStep(StepReport report) {
      seconds += report.seconds();
      work += report.tokens() * method.passes() * weights;
      if (work < budget && work >= budget * points.size() / LOOKS) {
        look();
      }
    }

    @Override
    public void onWarning(String name, String message) {}

    @Override
    public void onNote(String name, String message) {}
  }
}
