/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.rollout.KlGuard;
import dev.dpo4j.train.rollout.RolloutSample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Online DPO: every few steps a rollout, whose best and worst answers are the pairs of DPO. */
final class OnlineDpoTask implements TrainTask {
  /** Keeps the answers of an evaluation apart from those that are trained on. */
  private static final long EVALUATION = 1L << 40;

  private final Setup setup;
  private final DpoTask inner;
  private final CausalLm policy;
  private final TrainListener listener;
  private final KlGuard guard;
  private final List<Double> flos = new ArrayList<>();
  private long prompts;
  private long skipped;
  private long unknown;
  private long empty;
  private long lastStep;
  private double seconds;
  private boolean saidSkipped;
  private boolean saidUnknown;
  private boolean saidEmpty;

  /**
   * What the task is told.
   *
   * @param steps the steps of the run, or null where none is done
   * @param every optimizer steps of a rollout
   * @param train makes pairs of the prompts that are trained on
   * @param trainPairs the pairs at hand
   * @param trainPrompts prompts that are trained on
   * @param eval makes pairs of held-out prompts, or null
   * @param evalPairs the pairs of an evaluation
   * @param evalPrompts number of held-out prompts
   * @param usesReference whether the loss scores each pair with a reference, too
   * @param divergence of answers from the reference, in nats an answer
   */
  record Setup(
      @Nullable StepPlan steps,
      int every,
      PairRollouts train,
      SampledPairs trainPairs,
      List<TokenizedPrompt> trainPrompts,
      @Nullable PairRollouts eval,
      List<TokenizedPair> evalPairs,
      int evalPrompts,
      boolean usesReference,
      ToDoubleFunction<List<RolloutSample>> divergence) {}

  OnlineDpoTask(
      Setup setup, DpoTask inner, CausalLm policy, TrainListener listener, KlGuard guard) {
    this.setup = setup;
    this.inner = inner;
    this.policy = policy;
    this.listener = listener;
    this.guard = guard;
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    long start = System.nanoTime();
    double operations = 0;
    Map<String, Double> fresh = new HashMap<>();
    if ((step.step() - 1) % setup.every() == 0) {
      operations += rollOut(step, fresh);
    }
    List<int[]> present = new ArrayList<>();
    for (int[] rows : step.microBatches()) {
      int[] paired = setup.trainPairs().present(rows);
      if (paired.length > 0) {
        present.add(paired);
        operations += inner.flos(paired) * (setup.usesReference() ? 4.0 / 3 : 1);
      }
    }
    if (present.isEmpty()) {
      log.add(0, fresh);
    } else {
      boolean[] first = {true};
      inner.step(
          new OptimizerStep(step.step(), step.epochIndex(), present, step.epoch()),
          (share, metrics) -> {
            if (first[0]) {
              metrics.putAll(fresh);
              first[0] = false;
            }
            log.add(share, metrics);
          });
    }
    flos.add(operations);
    seconds += (System.nanoTime() - start) / 1e9;
  }

  /** Makes the pairs of the next steps; returns what that took in operations. */
  private double rollOut(OptimizerStep step, Map<String, Double> metrics) {
    int[] places = places(step);
    PairRollouts.Made made = setup.train().make(places, prompts);
    guard.check(step.step(), () -> setup.divergence().applyAsDouble(made.rollout().samples()));
    setup.trainPairs().forget();
    for (int i = 0; i < places.length; i++) {
      TokenizedPair pair = made.pairs().get(i);
      if (pair != null) {
        setup.trainPairs().put(places[i], pair);
      }
    }
    metrics.putAll(made.metrics());
    count(made, places.length);
    // A forward pass is a third of training.
    return policy.trainingFlos(made.rollout().tokens()) / 3
        + setup.train().maker().judgingFlos(made.rollout().samples());
  }

  /** The prompts of a step and of those after it that train on the same rollout, each once. */
  private int[] places(OptimizerStep step) {
    StepPlan steps = setup.steps();
    if (steps == null) {
      throw new IllegalStateException("an evaluation does no steps");
    }
    long last = Math.min(steps.maxSteps(), step.step() + setup.every() - 1);
    return IntStream.rangeClosed(0, (int) (last - step.step()))
        .mapToObj(i -> steps.step(step.step() + i))
        .flatMap(later -> later.microBatches().stream())
        .flatMapToInt(Arrays::stream)
        .distinct()
        .toArray();
  }

  private void count(PairRollouts.Made made, int asked) {
    prompts += asked;
    skipped += made.skipped();
    unknown += made.unknown();
    empty += made.empty();
    if (made.skipped() == asked && !saidSkipped) {
      saidSkipped = true;
      listener.onWarning(
          "equal_rewards",
          "no prompt of a rollout got two answers of different rewards: nothing is learnt from it."
              + " Does the reward tell answers apart? A higher temperature or more num_generations"
              + " give it more to compare");
    }
    if (made.unknown() > 0 && !saidUnknown) {
      saidUnknown = true;
      listener.onWarning(
          "no_reward",
          "%d answers of a rollout got no reward (NaN from all that judge them) and make no pair"
              .formatted(made.unknown()));
    }
    if (made.empty() > 0 && !saidEmpty) {
      saidEmpty = true;
      listener.onWarning(
          "empty_answers",
          "%d of %d answers of a rollout have no token and make no pair"
              .formatted(made.empty(), made.rollout().samples().size()));
    }
  }

  @Override
  public void ended() {
    if (skipped > 0) {
      listener.onWarning(
          "equal_rewards",
          "%d of %d prompts gave no pair, because their answers were worth the same%s"
              .formatted(
                  skipped,
                  prompts,
                  unknown + empty > 0 ? " or fewer than two of them counted" : ""));
    }
    if (unknown > 0) {
      listener.onWarning("no_reward", "%d answers in all got no reward".formatted(unknown));
    }
    if (empty > 0) {
      listener.onWarning("empty_answers", "%d answers in all have no token".formatted(empty));
    }
    setup.train().maker().tellOfTime(listener, seconds);
  }

  @Override
  public void afterStep(long step) {
    lastStep = step;
    inner.afterStep(step);
  }

  @Override
  public void saveState(Path checkpoint) throws IOException {
    inner.saveState(checkpoint);
    guard.saveState(checkpoint);
    List<OnlineState.KeptPair> pairs = new ArrayList<>();
    StepPlan steps = setup.steps();
    if (steps != null && lastStep % setup.every() != 0) {
      for (int place = 0; place < setup.trainPrompts().size(); place++) {
        TokenizedPair pair = setup.trainPairs().find(place);
        if (pair != null) {
          pairs.add(new OnlineState.KeptPair(place, pair.chosenIds(), pair.rejectedIds()));
        }
      }
    }
    new OnlineState(List.copyOf(flos), prompts, skipped, unknown, empty, pairs).write(checkpoint);
  }

  @Override
  public void restoreState(Path checkpoint) {
    inner.restoreState(checkpoint);
    guard.restoreState(checkpoint);
    OnlineState state = OnlineState.read(checkpoint);
    flos.clear();
    flos.addAll(state.flos());
    prompts = state.prompts();
    skipped = state.skipped();
    unknown = state.unknown();
    empty = state.empty();
    setup.trainPairs().forget();
    for (OnlineState.KeptPair kept : state.pairs()) {
      TokenizedPrompt prompt = setup.trainPrompts().get(kept.place());
      setup
          .trainPairs()
          .put(kept.place(), PairRollouts.pair(prompt, kept.chosen(), kept.rejected()));
    }
  }

  @Override
  public long tokens(int row) {
    TokenizedPair pair = setup.trainPairs().find(row);
    return pair == null ? 0 : pair.tokens();
  }

  @Override
  public int sourceRow(int row) {
    return setup.trainPrompts().get(row).row();
  }

  @Override
  public double flos(OptimizerStep step) {
    return flos.get((int) (step.step() - 1));
  }

  @Override
  public double flos(int[] microBatch) {
    throw new UnsupportedOperationException("answers have no length before they are sampled");
  }

  @Override
  public int evalRows() {
    return setup.evalPrompts();
  }

  @Override
  public int evalBatches() {
    return setup.evalPrompts() == 0 ? 0 : 1;
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    PairRollouts held = setup.eval();
    if (held == null) {
      return Map.of();
    }
    int[] places = IntStream.range(0, setup.evalPrompts()).toArray();
    PairRollouts.Made made = held.make(places, EVALUATION);
    setup.evalPairs().clear();
    for (TokenizedPair pair : made.pairs()) {
      if (pair != null) {
        setup.evalPairs().add(pair);
      }
    }
    Map<String, Double> line = MetricAccumulator.evaluation(0, made.metrics());
    if (!setup.evalPairs().isEmpty()) {
      line.putAll(inner.evaluate(stopRequested));
    }
    return line;
  }

  @Override
  public void close() {
    guard.close();
    inner.close();
  }
}
