/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * How much the gradients of minibatches differ while the policy stays where it is.
 *
 * @param method the method
 * @param batches minibatches, each with other answers
 * @param noise the variance of a minibatch's gradient over the squared length of the mean gradient
 * @param work floating-point operations of a minibatch, sampling and judging counted
 */
record LabNoise(LabMethod method, int batches, double noise, double work) {

  /** Whose gradients are compared. */
  static final List<LabMethod> METHODS =
      List.of(LabMethod.PPO, LabMethod.DPO, LabMethod.ONLINE_DPO, LabMethod.GRPO);

  /** Measures a method at the start, or reads what was measured. */
  static LabNoise of(LabData data, LabMethod method, int batches, BooleanSupplier stopRequested)
      throws IOException {
    Path file = data.folder().resolve("noise-" + method + "-" + batches + ".json");
    if (Files.exists(file)) {
      return JsonMapper.shared().readValue(Files.readString(file), LabNoise.class);
    }
    LabNoise measured = measure(data, method, batches, stopRequested);
    // Fewer were asked to stop.
    if (measured.batches() == batches) {
      AtomicFile.writeString(file, JsonMapper.shared().writeValueAsString(measured) + "\n");
    }
    return measured;
  }

  private static LabNoise measure(
      LabData data, LabMethod method, int batches, BooleanSupplier stopRequested) {
    // One pass over each rollout, or the second would see the answers of the first again.
    LabTrial trial =
        method == LabMethod.PPO
            ? new LabTrial(
                method,
                1,
                1,
                "",
                Map.of("num_ppo_epochs", 1, "num_mini_batches", 1, "learning_rate", 1e-12))
            : LabTrial.usual(method, 1, 1);
    double[] work = {0};
    int[] steps = {0};
    TrainListener counting =
        new TrainListener() {
          @Override
          public void onStep(StepReport report) {
            work[0] += report.flos() * method.costs();
            steps[0]++;
          }

          @Override
          public void onWarning(String name, String message) {}

          @Override
          public void onNote(String name, String message) {}
        };
    try (LanguageModel policy = LanguageModel.load(data.startFolder())) {
      Probe probe = new Probe(policy.trained());
      RunHooks hooks =
          new RunHooks(
              counting,
              () -> steps[0] == batches || stopRequested.getAsBoolean(),
              List.of(),
              (trained, rates) -> probe,
              null,
              Map.of(),
              Collectives.single());
      method.train(data, policy, trial, new LabMethod.Session(hooks, run -> run.run()));
      return new LabNoise(method, steps[0], probe.noise(), work[0] / steps[0]);
    }
  }

  /** Takes gradients in and leaves the weights alone. */
  private static final class Probe implements Optimizer {
    private final ParameterStore parameters;
    private final double[] sum;
    private double squares;
    private long steps;

    Probe(ParameterStore parameters) {
      this.parameters = parameters;
      this.sum = new double[Math.toIntExact(parameters.count())];
    }

    /** The variance and the mean, each without the bias that few minibatches bring. */
    double noise() {
      double ofMean = 0;
      for (double value : sum) {
        ofMean += value / steps * (value / steps);
      }
      double variance = (squares / steps - ofMean) * steps / (steps - 1);
      return variance / (ofMean - variance / steps);
    }

    @Override
    public ParameterStore parameters() {
      return parameters;
    }

    @Override
    public Map<String, Tensor> state() {
      return Map.of();
    }

    @Override
    public boolean stateLiesAsParameters() {
      return false;
    }

    @Override
    public void resume(long stepsTaken) {
      steps = stepsTaken;
    }

    @Override
    public long steps() {
      return steps;
    }

    @Override
    public void clip(double norm, double maximum) {
      // What is compared is the gradient itself.
    }

    @Override
    public void step(double learningRate) {
      try (Scope scope = Scope.open()) {
        float[] gradient = parameters.gradients().read(0, parameters.count()).toFloats();
        for (int i = 0; i < gradient.length; i++) {
          sum[i] += gradient[i];
          squares += (double) gradient[i] * gradient[i];
        }
      }
      parameters.gradients().zero();
      steps++;
    }

    @Override
    public void close() {}
  }
}
