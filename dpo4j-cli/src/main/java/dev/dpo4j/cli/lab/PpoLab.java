/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.loop.KlLimitException;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Trains the same model by every method with the same work, and examines what comes out.
 *
 * <p>Each run that is done is a file, so that a lab that was stopped goes on.
 */
final class PpoLab {
  /** Tokens of an answer with its prompt, for the budget of work. */
  private static final int TOKENS = 42;

  /** Operations of PPO for each token and weight: sampling, four models, two passes of training. */
  private static final int PPO_PASSES = 34;

  private final LabData data;
  private final LabScale scale;
  private final Consumer<String> told;
  private final BooleanSupplier stopRequested;

  /**
   * Prepares it.
   *
   * @param told is given a line for each run
   * @param stopRequested asked before each step whether to stop
   */
  PpoLab(LabData data, LabScale scale, Consumer<String> told, BooleanSupplier stopRequested) {
    this.data = data;
    this.scale = scale;
    this.told = told;
    this.stopRequested = stopRequested;
  }

  /**
   * Does some trials; those of an earlier process are read.
   *
   * @return the results so far, fewer than the trials where it was asked to stop
   */
  List<LabResult> run(List<LabTrial> trials) throws IOException {
    List<LabResult> results = new ArrayList<>();
    try (LabExam exam = new LabExam(data, scale.samples())) {
      for (LabTrial trial : trials) {
        Path file = Files.createDirectories(resultFolder()).resolve(trial.file());
        if (!Files.exists(file)) {
          LabResult result = train(trial, exam);
          if (stopRequested.getAsBoolean()) {
            break;
          }
          AtomicFile.writeString(file, JsonMapper.shared().writeValueAsString(result) + "\n");
          told.accept(line(result, results.size() + 1, trials.size()));
        }
        results.add(JsonMapper.shared().readValue(Files.readString(file), LabResult.class));
      }
    }
    return results;
  }

  private Path resultFolder() {
    return data.folder().resolve("results");
  }

  private static String line(LabResult result, int number, int of) {
    return String.format(
        Locale.ROOT,
        "%d of %d  %s, strength %s, seed %d%s: true %.2f, learned %.2f, KL %.2f, %.1f s of"
            + " processor time%s",
        number,
        of,
        result.method().title(),
        result.strength(),
        result.seed(),
        result.change().isEmpty() ? "" : ", " + result.change(),
        result.last().trueReward(),
        result.last().learnedReward(),
        result.last().kl(),
        result.cpuSeconds(),
        result.failure().isEmpty() ? "" : ", failed: " + result.failure());
  }

  private LabResult train(LabTrial trial, LabExam exam) {
    try (LanguageModel policy = LanguageModel.load(data.startFolder())) {
      Watch watch = new Watch(trial.method(), policy, exam);
      RunHooks hooks = RunHooks.of(watch, () -> watch.isDone() || stopRequested.getAsBoolean());
      long[] memory = {0};
      String failure = "";
      try {
        LabMethod.Session session =
            new LabMethod.Session(
                hooks,
                (TrainingRun run) -> {
                  memory[0] = run.plan().memory().total();
                  return run.run();
                });
        trial.method().train(data, policy, trial, session);
      } catch (NonFiniteException | RewardException | KlLimitException e) {
        failure = String.valueOf(e.getMessage());
      }
      List<Double> winRate = new ArrayList<>();
      String sample = "";
      if (failure.isEmpty()) {
        watch.look();
        for (double temperature : LabResult.TEMPERATURES) {
          winRate.add(exam.winRate(policy, temperature));
        }
        sample = exam.answers(policy, 0).get(0).text();
      }
      return new LabResult(
          trial.method(),
          trial.strength(),
          trial.seed(),
          trial.change(),
          watch.work,
          watch.seconds,
          watch.cpuSeconds,
          watch.steps,
          memory[0],
          watch.steps == 0 ? 0 : watch.signal / watch.steps,
          failure,
          watch.points,
          winRate,
          sample);
    }
  }

  /** The floating-point operations that every run is given. */
  private double budget(LanguageModel policy) {
    long embedding = (long) policy.config().vocabSize() * policy.config().hiddenSize();
    double weights = policy.parameters().count() - embedding;
    return (double) scale.rollouts() * LabMethod.ANSWERS * TOKENS * PPO_PASSES * weights;
  }

  /** Of this process, all threads together; 0 where the system does not say. */
  private static double processorSeconds() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(used -> used.toNanos() / 1e9)
        .orElse(0.0);
  }

  /** Counts the work of a run and looks at its policy on the way. */
  private final class Watch implements TrainListener {
    private final LabMethod method;
    private final LanguageModel policy;
    private final LabExam exam;
    private final List<LabResult.Point> points = new ArrayList<>();
    private final double budget;
    private final double paired;
    private double work;
    private double step;
    private double seconds;
    private double cpuSeconds;
    private double cpuBefore;
    private double signal;
    private long steps;

    Watch(LabMethod method, LanguageModel policy, LabExam exam) {
      this.method = method;
      this.policy = policy;
      this.exam = exam;
      this.budget = budget(policy);
      this.paired = data.unsharedTokens(policy);
      points.add(exam.atStart());
      cpuBefore = processorSeconds();
    }

    boolean isDone() {
      // The end nearest to the budget: steps of PPO are long.
      return work + step / 2 >= budget;
    }

    /** Keeps how the policy is now. */
    void look() {
      points.add(exam.take(policy, work, seconds, cpuSeconds));
      cpuBefore = processorSeconds();
    }

    @Override
    public void onStep(StepReport report) {
      seconds += report.seconds();
      double cpuNow = processorSeconds();
      cpuSeconds += cpuNow - cpuBefore;
      cpuBefore = cpuNow;
      step = report.flos() * method.costs();
      work += step;
      signal += method.signal(report.metrics(), paired);
      steps++;
      if (!isDone() && work >= budget * points.size() / scale.looks()) {
        look();
      }
    }

    @Override
    public void onWarning(String name, String message) {}

    @Override
    public void onNote(String name, String message) {}
  }
}
