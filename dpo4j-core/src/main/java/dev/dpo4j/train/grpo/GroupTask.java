/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.loss.group.PolicyLoss;
import dev.dpo4j.loss.group.SequenceLogps;
import dev.dpo4j.loss.group.SequenceLoss;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.StoppedException;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.reference.ReferenceKeeper;
import dev.dpo4j.train.rollout.AnswerPasses;
import dev.dpo4j.train.rollout.KlGuard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Training on groups of sampled answers: a rollout, as many steps on it, the next rollout. */
final class GroupTask implements TrainTask {
  /** Keeps the answers of an evaluation apart from those that are trained on. */
  private static final long EVALUATION = 0x65766131L;

  private final Setup setup;
  private final CausalLm policy;
  private final GroupRollouts rollouts;
  private final AnswerPasses passes;
  private final PolicyLoss loss;
  private final ReferenceKeeper keeper;
  private final GroupNotes notes;
  private final KlGuard guard;
  private @Nullable GroupBlock block;
  private @Nullable GroupBlock costed;
  private int epoch;
  private long lastStep;

  /**
   * What the task is told.
   *
   * @param plan which answers each micro-batch trains on
   * @param objective how answers become a loss
   * @param train prompts to train on
   * @param eval prompts to evaluate on; may be none
   * @param evalGroup answers to a prompt of an evaluation
   * @param evalBatch answers of a batch of an evaluation
   * @param steps the steps of the run, or null where none is done
   * @param keepsOld whether a rollout is used in several optimizer steps
   * @param names of the rewards
   * @param weights of the rewards
   * @param cutCounts whether answers that were cut count in the loss
   */
  record Setup(
      GroupPlan plan,
      GroupObjective objective,
      List<TokenizedPrompt> train,
      List<TokenizedPrompt> eval,
      int evalGroup,
      int evalBatch,
      @Nullable StepPlan steps,
      boolean keepsOld,
      List<String> names,
      List<Double> weights,
      boolean cutCounts) {}

  GroupTask(
      Setup setup,
      CausalLm policy,
      GroupRollouts rollouts,
      AnswerPasses passes,
      ReferenceKeeper keeper,
      GroupNotes notes,
      KlGuard guard) {
    this.setup = setup;
    this.policy = policy;
    this.rollouts = rollouts;
    this.passes = passes;
    this.loss = setup.objective().loss();
    this.keeper = keeper;
    this.notes = notes;
    this.guard = guard;
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    epoch = step.epochIndex();
    notes.begin();
    for (int[] rows : step.microBatches()) {
      GroupPlan.Place place = setup.plan().place(epoch, rows[0]);
      GroupBlock present = block(place, step.step());
      Map<String, Double> metrics = new LinkedHashMap<>();
      if (place.isFirst()) {
        metrics.putAll(GroupMetrics.ofRollout(present, setup.objective().penalizesRewards()));
      }
      int from = place.slice() * setup.plan().batch();
      int to = from + rows.length;
      GroupObjective.Amounts amounts =
          new GroupObjective.Amounts(
              rows.length,
              present.learnt(from, to),
              step.microBatches().size(),
              present.learnt(0, present.samples().size()),
              setup.plan().slices());
      double share = learn(present, from, to, amounts, true, metrics);
      NonFiniteException.check("The loss", share, step, Arrays.stream(rows), this);
      notes.addFlos(flos(present, from, to));
      log.add(share, metrics);
    }
    notes.end();
  }

  /** The rollout of a micro-batch, which is made if it is not there. */
  private GroupBlock block(GroupPlan.Place place, long step) {
    GroupBlock present = block;
    if (present != null && place.isInRollout(present.epoch(), present.number())) {
      return present;
    }
    GroupPlan plan = setup.plan();
    GroupBlock made =
        rollouts.make(
            place.epoch(),
            place.rollout(),
            GroupRollouts.requests(setup.train(), plan.prompts(place), plan.seeds(place)),
            plan.group(),
            plan.batch(),
            setup.keepsOld());
    block = made;
    notes.rolledOut(made);
    guard.check(step, () -> rollouts.divergence(made, plan.batch()));
    return made;
  }

  /**
   * The loss of a stretch of answers, whose metrics are added to {@code metrics}.
   *
   * @param trains whether the gradient is added to the parameters' gradients
   */
  private double learn(
      GroupBlock answers,
      int from,
      int to,
      GroupObjective.Amounts amounts,
      boolean trains,
      Map<String, Double> metrics) {
    GroupMetrics gathered = new GroupMetrics(loss.isOfSequences(), setup.objective().hasKlInLoss());
    double sum = 0;
    int[] computed = answers.computed(from, to);
    List<int[]> all = passes.passes(answers.samples(), computed);
    double balance = policy.auxiliaryCoefficient();
    double auxiliary = 0;
    for (int[] chosen : all) {
      FlatBatch batch = passes.batch(answers.samples(), chosen);
      if (!trains) {
        TokenStats stats = policy.score(batch, Want.METRICS);
        sum += lose(answers, chosen, batch, stats, amounts, gathered, new float[batch.entries()]);
        continue;
      }
      try (CausalLm.Pass pass = policy.forward(batch, Want.METRICS)) {
        float[] weights = new float[batch.entries()];
        double lost = lose(answers, chosen, batch, pass.stats(), amounts, gathered, weights);
        double share = 1.0 / all.size();
        auxiliary += balance == 0 ? 0 : share * pass.auxiliaryLoss();
        sum += lost;
        if (Double.isFinite(lost)) {
          pass.backward(weights, balance * share / amounts.microBatches());
        }
      }
    }
    metrics.putAll(gathered.values(to - from));
    if (balance != 0 && trains) {
      metrics.put("aux_loss", auxiliary);
    }
    return sum + balance * auxiliary / amounts.microBatches();
  }

  /** The loss of the answers of a pass, with its derivative by each entry. */
  private double lose(
      GroupBlock answers,
      int[] chosen,
      FlatBatch batch,
      TokenStats stats,
      GroupObjective.Amounts amounts,
      GroupMetrics gathered,
      float[] byEntry) {
    double sum = 0;
    List<float[]> old = answers.old();
    List<float[]> reference = answers.reference();
    for (int s = 0; s < chosen.length; s++) {
      int answer = chosen[s];
      int start = batch.entryStart(s);
      int end = batch.entryEnd(s);
      float[] logps = Arrays.copyOfRange(stats.logps(), start, end);
      SequenceLogps sequence =
          new SequenceLogps(
              logps,
              old == null ? logps : old.get(answer),
              reference == null ? null : reference.get(answer),
              answers.advantages().values()[answer]);
      SequenceLoss lost = loss.loss(sequence);
      double weight = setup.objective().weight(amounts, logps.length);
      sum += weight * lost.loss();
      double entropy = 0;
      for (int t = 0; t < logps.length; t++) {
        byEntry[start + t] = (float) (weight * lost.byLogp()[t]);
        entropy += stats.entropies()[start + t];
      }
      gathered.add(lost, entropy, logps.length);
    }
    return sum;
  }

  /** Training of a stretch, and sampling, judging and scoring where the rollout is new. */
  @SuppressWarnings("ReferenceEquality") // the same rollout, not an equal one
  private double flos(GroupBlock answers, int from, int to) {
    long longest = IntStream.range(from, to).mapToLong(i -> length(answers, i)).max().orElse(0);
    double flos = policy.trainingFlos((to - from) * longest);
    if (costed != answers) {
      costed = answers;
      // A forward pass is a third of training.
      double forward = policy.trainingFlos(answers.rollout().tokens()) / 3;
      int scorings = (answers.old() == null ? 0 : 1) + (answers.reference() == null ? 0 : 1);
      flos += forward * (1 + scorings) + rollouts.maker().judgingFlos(answers.samples());
    }
    return flos;
  }

  private static long length(GroupBlock answers, int i) {
    return (long) answers.samples().get(i).prompt().ids().length
        + answers.samples().get(i).completion().ids().length;
  }

  @Override
  public void afterStep(long step) {
    lastStep = step;
    keeper.afterStep(step);
  }

  @Override
  public void saveState(Path checkpoint) throws IOException {
    keeper.saveState(checkpoint);
    guard.saveState(checkpoint);
    GroupState.of(notes.counts(), isNeeded(block) ? block : null).write(checkpoint);
  }

  /** Whether the next step trains on a rollout. */
  private boolean isNeeded(@Nullable GroupBlock present) {
    StepPlan steps = setup.steps();
    if (present == null || steps == null || lastStep >= steps.maxSteps()) {
      return false;
    }
    OptimizerStep next = steps.step(lastStep + 1);
    return setup
        .plan()
        .place(next.epochIndex(), next.microBatches().get(0)[0])
        .isInRollout(present.epoch(), present.number());
  }

  @Override
  public void restoreState(Path checkpoint) {
    keeper.restoreState(checkpoint);
    guard.restoreState(checkpoint);
    GroupState state = GroupState.read(checkpoint);
    notes.restore(state.counts());
    block =
        state.unpack(
            setup.train(),
            setup.names(),
            setup.weights(),
            setup.plan().group(),
            setup.cutCounts(),
            setup.objective().hasKlInLoss());
    costed = block;
  }

  /** A rollout's tokens count once, with its first answer, as in TRL. */
  @Override
  public long tokens(int row) {
    GroupBlock present = block;
    GroupPlan.Place place = setup.plan().place(epoch, row);
    boolean first = place.isFirst() && row % setup.plan().batch() == 0;
    return first && present != null ? present.rollout().tokens() : 0;
  }

  @Override
  public int sourceRow(int row) {
    return setup.train().get(setup.plan().prompt(epoch, row)).row();
  }

  @Override
  public double flos(OptimizerStep step) {
    return notes.flos(step.step());
  }

  @Override
  public double flos(int[] microBatch) {
    throw new UnsupportedOperationException("answers have no length before they are sampled");
  }

  @Override
  public int evalRows() {
    return setup.eval().size();
  }

  private int promptsPerBatch() {
    return Math.max(1, setup.evalBatch() / setup.evalGroup());
  }

  @Override
  public int evalBatches() {
    return EvalBatches.count(evalRows(), promptsPerBatch());
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    if (evalRows() == 0) {
      return Map.of();
    }
    MetricAccumulator all = new MetricAccumulator();
    int group = setup.evalGroup();
    for (int[] places : EvalBatches.of(evalRows(), promptsPerBatch())) {
      StoppedException.check(stopRequested);
      List<Long> seeds =
          Arrays.stream(places)
              .boxed()
              .flatMap(place -> IntStream.range(0, group).mapToObj(g -> seed(place, g)))
              .toList();
      int answers = seeds.size();
      GroupBlock made =
          rollouts.make(
              0, 0, GroupRollouts.requests(setup.eval(), places, seeds), group, answers, false);
      Map<String, Double> metrics =
          GroupMetrics.ofRollout(made, setup.objective().penalizesRewards());
      long tokens = made.learnt(0, answers);
      GroupObjective.Amounts amounts = new GroupObjective.Amounts(answers, tokens, 1, tokens, 1);
      double lost = learn(made, 0, answers, amounts, false, metrics);
      all.addMicroBatch(lost, metrics);
      all.endStep();
    }
    double mean = all.lossSum() / all.steps();
    Map<String, Double> line = new LinkedHashMap<>(all.drain(null, 0, 0));
    line.keySet().removeAll(List.of("loss", "learning_rate", "num_tokens"));
    return MetricAccumulator.evaluation(mean, line);
  }

  private long seed(int place, int answer) {
    return SampleSeeds.of(setup.plan().seed() ^ EVALUATION, place, answer);
  }

  @Override
  public void ended() {
    notes.finish();
  }

  @Override
  public void close() {
    guard.close();
    keeper.close();
  }
}
