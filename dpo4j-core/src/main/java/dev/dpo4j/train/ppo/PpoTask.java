/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.loss.ppo.AnswerAdvantages;
import dev.dpo4j.loss.ppo.AnswerAdvantages.Drawn;
import dev.dpo4j.loss.ppo.ClippedLoss;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.StoppedException;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.rollout.KlGuard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Training by PPO: a step draws answers, has them judged, and goes through them several times.
 *
 * <p>The order of micro-batches, the accumulation of gradients and what is averaged are those of
 * the PPOTrainer of TRL 0.19.
 */
final class PpoTask implements TrainTask {
  private final PpoModels models;
  private final Answering answering;
  private final PpoSettings settings;
  private final KlGuard guard;
  private final int[] lengths;
  private PpoState state;
  private @Nullable WeightUpdates updates;

  /** Makes the task. */
  PpoTask(PpoModels models, Answering answering, PpoSettings settings, KlGuard guard) {
    this.models = models;
    this.answering = answering;
    this.settings = settings;
    this.guard = guard;
    this.lengths = new int[answering.train().size()];
    this.state = new PpoState(0, settings.options().klCoef(), 0, 0);
  }

  @Override
  public void updatedBy(WeightUpdates given) {
    updates = given;
  }

  @Override
  public long updates(long steps) {
    return state.updates();
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    int[] rows = step.microBatches().stream().flatMapToInt(Arrays::stream).toArray();
    List<Episode> episodes = answering.answer(answering.train(), rows, step.step());
    for (Episode episode : episodes) {
      lengths[episode.sample().place()] = episode.prompt().length + episode.tokens();
    }
    PpoRollout rollout = new PpoRollout(episodes, models);
    AnswerAdvantages advantages = rollout.advantages(settings.options().rule(state.klWeight()));
    double kl = PpoRollout.kl(advantages);
    if (!Double.isFinite(kl)) {
      throw new NonFiniteException(
          "The KL divergence of the rollout of step %d is %s: the weights are those of the step before and were saved. Lower learning_rate"
              .formatted(step.step(), kl));
    }
    guard.check(step.step(), () -> kl);
    UpdateStats stats = new Learning(step, rollout, advantages).run();
    Map<String, Double> metrics =
        new LinkedHashMap<>(rollout.metrics(advantages, state.klWeight()));
    metrics.putAll(stats.metrics());
    metrics.put("objective/kl_coef", state.klWeight());
    metrics.put("val/empty_answers", (double) rows.length - episodes.size());
    metrics.put("lr", Objects.requireNonNull(updates).learningRate());
    metrics.put("episode", (double) state.rows() + rows.length);
    log.add(stats.loss(settings.options().vfCoef()), metrics);
    double weight = settings.options().controller().next(state.klWeight(), kl, episodes.size());
    state =
        new PpoState(
            state.updates(),
            weight,
            state.rows() + rows.length,
            state.flos() + answering.flos(models, episodes, settings.options().numPpoEpochs()));
  }

  /** Goes through the answers of a rollout as often as is asked for. */
  private final class Learning {
    private final OptimizerStep step;
    private final PpoRollout rollout;
    private final AnswerAdvantages advantages;
    private final UpdateStats stats;
    private final int accumulation;
    private int gathered;

    Learning(OptimizerStep step, PpoRollout rollout, AnswerAdvantages advantages) {
      // In the last rollout of a pass over the prompts TRL's weights follow every micro-batch.
      this.accumulation = endsEpoch(step) ? 1 : settings.accumulation();
      this.step = step;
      this.rollout = rollout;
      this.advantages = advantages;
      this.stats = new UpdateStats(settings.slots());
    }

    UpdateStats run() {
      int size = rollout.size();
      int mini = settings.minibatch();
      int micro = settings.microBatch();
      for (int epoch = 0; epoch < settings.options().numPpoEpochs(); epoch++) {
        int[] order =
            StepPlan.order(
                size, settings.order(), SampleSeeds.of(settings.seed(), step.step(), epoch), 0);
        for (int from = 0; from < size; from += mini) {
          int end = Math.min(from + mini, size);
          for (int first = from; first < end; first += micro) {
            add(Arrays.copyOfRange(order, first, Math.min(first + micro, end)));
          }
        }
      }
      return stats;
    }

    /** Adds the gradients of a micro-batch, after an update if enough were gathered before. */
    private void add(int[] answers) {
      if (gathered == accumulation) {
        WeightUpdates given = Objects.requireNonNull(updates);
        given.update();
        afterUpdate(given);
        gathered = 0;
      }
      int tokens = Arrays.stream(answers).map(i -> rollout.episode(i).tokens()).sum();
      int places = Arrays.stream(answers).map(rollout::places).sum();
      UpdateStats.MicroBatch sums =
          new UpdateStats.MicroBatch(answers.length * rollout.longest(), tokens, places);
      double share = 1.0 / settings.accumulation();
      rollout
          .tokens()
          .train(
              models.policy(),
              answers,
              Want.METRICS,
              (answer, place, logp, entropy) ->
                  share / tokens * token(sums, answer, place, logp, entropy));
      rollout
          .places()
          .train(
              models.critic().model(),
              answers,
              Want.LOGPS,
              (answer, place, value, none) ->
                  settings.options().vfCoef() * share / places * value(sums, answer, place, value));
      stats.add(sums);
      gathered++;
    }

    private double token(
        UpdateStats.MicroBatch sums, int answer, int place, double logp, double entropy) {
      double ratio = logp - rollout.drawn(answer).logps()[place];
      checkFinite("The log-probability of a token", ratio, answer);
      ClippedLoss loss =
          ClippedLoss.policy(
              ratio, advantages.advantages().get(answer)[place], settings.options().cliprange());
      sums.addToken(ratio, entropy, loss);
      return loss.derivative();
    }

    private double value(UpdateStats.MicroBatch sums, int answer, int place, double value) {
      checkFinite("A value", value, answer);
      Drawn drawn = rollout.drawn(answer);
      ClippedLoss loss =
          ClippedLoss.value(
              value,
              drawn.values()[place],
              advantages.returns().get(answer)[place],
              settings.options().cliprangeValue());
      sums.addValue(loss);
      return loss.derivative();
    }

    private void checkFinite(String what, double number, int answer) {
      if (!Double.isFinite(number)) {
        throw new NonFiniteException(
            "%s of an answer to row %d became %s in step %d: the weights are those of the update before and were saved. Lower learning_rate or num_ppo_epochs"
                .formatted(
                    what, rollout.episode(answer).sample().prompt().row(), number, step.step()));
      }
    }
  }

  private static boolean endsEpoch(OptimizerStep step) {
    return step.epoch() == step.epochIndex() + 1;
  }

  private void afterUpdate(WeightUpdates given) {
    models.critic().update(given.learningRate());
    state = new PpoState(state.updates() + 1, state.klWeight(), state.rows(), state.flos());
  }

  @Override
  public void afterStep(long step) {
    afterUpdate(Objects.requireNonNull(updates));
    models.keeper().afterStep(step);
  }

  @Override
  public void saveState(Path checkpoint) throws IOException {
    models.keeper().saveState(checkpoint);
    models.critic().save(checkpoint);
    guard.saveState(checkpoint);
    state.write(checkpoint);
  }

  @Override
  public void restoreState(Path checkpoint) {
    state = PpoState.read(checkpoint);
    models.keeper().restoreState(checkpoint);
    models.critic().restore(checkpoint, state.updates());
    guard.restoreState(checkpoint);
  }

  /** Of prompt and answer in the last rollout that it was in. */
  @Override
  public long tokens(int row) {
    return lengths[row];
  }

  @Override
  public int sourceRow(int row) {
    return answering.train().get(row).row();
  }

  /** The mean of all rows so far, sampling and scoring counted: lengths are not known before. */
  @Override
  public double flos(int[] microBatch) {
    return state.rows() == 0 ? 0 : state.flos() / state.rows() * microBatch.length;
  }

  @Override
  public int evalRows() {
    return answering.eval().size();
  }

  @Override
  public int evalBatches() {
    return EvalBatches.count(evalRows(), settings.evalBatch());
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    if (evalRows() == 0) {
      return Map.of();
    }
    Map<String, Double> sums = new LinkedHashMap<>();
    int answers = 0;
    for (int[] batch : EvalBatches.of(evalRows(), settings.evalBatch())) {
      StoppedException.check(stopRequested);
      List<Episode> episodes = answering.answer(answering.eval(), batch, 0);
      PpoRollout rollout = new PpoRollout(episodes, models);
      AnswerAdvantages advantages = rollout.advantages(settings.options().rule(state.klWeight()));
      rollout
          .metrics(advantages, state.klWeight())
          .forEach((name, value) -> sums.merge(name, value * episodes.size(), Double::sum));
      answers += episodes.size();
    }
    Map<String, Double> means = new LinkedHashMap<>();
    for (Map.Entry<String, Double> sum : sums.entrySet()) {
      means.put(sum.getKey(), sum.getValue() / answers);
    }
    double reward = means.getOrDefault("objective/rlhf_reward", 0.0);
    return MetricAccumulator.evaluation(-reward, means);
  }

  @Override
  public void ended() {
    answering.tellOfTime();
  }

  @Override
  public void close() {
    guard.close();
    models.close();
  }
}
