/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.data.PreferenceDataset;
import dev.dpo4j.loss.Objective;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.optim.AdamW;
import dev.dpo4j.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One DPO run: from a model, a reference and tokenised pairs to a folder with the trained model.
 *
 * <p>The order of things: plan, reference log-probabilities, loop, output. The model's weights are
 * changed in place.
 */
public final class DpoRun {
  private final Parts parts;
  private final DpoConfig config;
  private final TrainListener listener;
  private final BooleanSupplier stopRequested;
  private final PairScorer trainPairs;
  private final @Nullable PairScorer evalPairs;
  private final StepPlan plan;
  private final Objective objective;

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference the frozen reference, or null for the policy as it is before training
   * @param train training pairs
   * @param eval held-out pairs, or null for none
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      PreferenceDataset train,
      @Nullable PreferenceDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param stopRequested asked before each step whether to stop
   */
  public DpoRun(
      Parts parts, DpoConfig config, TrainListener listener, BooleanSupplier stopRequested) {
    this.parts = parts;
    this.config = config;
    this.listener = listener;
    this.stopRequested = stopRequested;
    this.objective = Objective.of(config.loss());
    PreferenceDataset eval = parts.eval();
    this.trainPairs = new PairScorer(parts.train().pairs());
    this.evalPairs = eval == null ? null : new PairScorer(eval.pairs());
    LoopOptions loop = config.loop();
    Long dataSeed = loop.dataSeed();
    this.plan =
        new StepPlan(
            parts.train().size(),
            loop.perDeviceTrainBatchSize(),
            loop.gradientAccumulationSteps(),
            loop.trainSamplingStrategy(),
            dataSeed == null ? loop.seed() : dataSeed,
            loop.dataloaderDropLast(),
            loop.numTrainEpochs(),
            loop.maxSteps());
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws NonFiniteException if training met a number that is not finite; the model of the step
   *     before was written
   * @throws java.io.UncheckedIOException if the output cannot be written
   */
  public TrainResult run() {
    RunOutput output = RunOutput.open(config, parts, plan);
    listener.onPlan(RunPlanner.plan(parts, config, plan, trainPairs));
    try (CausalLm policy = parts.policy().compute(computeOptions())) {
      References references = references(policy);
      try (references;
          AdamW optimizer =
              new AdamW(
                  parts.policy().parameters(),
                  hyperparameters(),
                  config.optimizer().momentFormat())) {
        PreferenceTask task = task(policy, references);
        String data = dataSha256();
        RunCheckpoints checkpoints = output.checkpoints(optimizer, task, data);
        TrainLoop loop = loop(task, optimizer, output).keptBy(checkpoints);
        Path from = output.resumedFrom();
        if (from != null) {
          if (config.reference().syncRefModel()) {
            throw new CheckpointException(
                from + " holds no reference model: a run with sync_ref_model cannot be resumed.");
          }
          loop.resume(checkpoints.restore(from), from.resolve(JsonlSink.FILE_NAME));
        }
        TrainResult result = loop.run();
        if (!result.stopped()) {
          checkpoints.loadBest();
        }
        output.finish(result, data);
        return result;
      } catch (NonFiniteException e) {
        output.saveModel();
        throw e;
      }
    } finally {
      output.close();
    }
  }

  private ComputeOptions computeOptions() {
    ComputeOptions options =
        ComputeOptions.float32().withCompute(config.loop().bf16() ? DType.BFLOAT16 : DType.FLOAT32);
    return config.loop().gradientCheckpointing() ? options.withActivationBytes(0) : options;
  }

  private AdamW.Hyperparameters hyperparameters() {
    return new AdamW.Hyperparameters(
        config.optimizer().adamBeta1(),
        config.optimizer().adamBeta2(),
        config.optimizer().adamEpsilon(),
        config.optimizer().weightDecay());
  }

  private String dataSha256() {
    PreferenceDataset eval = parts.eval();
    return new DataDigest()
        .addPairs(parts.train().pairs())
        .addPairs(eval == null ? null : eval.pairs())
        .hex();
  }

  private PreferenceTask task(CausalLm policy, References references) {
    return new PreferenceTask(
        policy,
        objective,
        new PreferenceTask.Set(trainPairs, references.train()),
        evalPairs == null ? null : new PreferenceTask.Set(evalPairs, references.eval()),
        config.eval().perDeviceEvalBatchSize(),
        references.afterStep());
  }

  private TrainLoop loop(TrainTask task, AdamW optimizer, RunOutput output) {
    return new TrainLoop(
        task,
        optimizer,
        config.schedule().schedule(config.optimizer().learningRate(), plan.maxSteps()),
        plan,
        settings(),
        output.sinks(),
        listener,
        stopRequested);
  }

  private TrainLoop.Settings settings() {
    OutputOptions output = config.output();
    EvalOptions eval = config.eval();
    long loggingSteps = output.loggingSteps(plan.maxSteps());
    Double evalSteps = eval.evalSteps();
    return new TrainLoop.Settings(
        config.optimizer().maxGradNorm(),
        output.loggingStrategy(),
        loggingSteps,
        output.loggingFirstStep(),
        evalPairs == null ? Interval.NO : eval.strategy(),
        evalSteps == null ? loggingSteps : Intervals.steps(evalSteps, plan.maxSteps()),
        evalPairs != null && eval.evalOnStart());
  }

  /** The references of both data sets; null where the objective has none. */
  private record References(
      @Nullable ReferenceLogps train, @Nullable ReferenceLogps eval, LongConsumer afterStep)
      implements AutoCloseable {
    References(@Nullable ReferenceLogps train, @Nullable ReferenceLogps eval) {
      this(train, eval, step -> {});
    }

    @Override
    public void close() {
      if (train != null) {
        train.close();
      }
    }
  }

  private References references(CausalLm policy) {
    if (!objective.usesReference()) {
      return new References(null, null);
    }
    LanguageModel second = parts.reference();
    if (!config.reference().computedOnce()) {
      LanguageModel frozen = second != null ? second : LanguageModel.load(parts.policy().folder());
      CausalLm model = frozen.compute(computeOptions());
      ModelReference.Closer owner =
          () -> {
            model.close();
            if (second == null) {
              frozen.close();
            }
          };
      return new References(
          new ModelReference(model, trainPairs, owner),
          evalPairs == null ? null : new ModelReference(model, evalPairs, () -> {}),
          step -> synchronize(frozen, step));
    }
    if (second == null) {
      return computeOnce(policy);
    }
    try (CausalLm model = second.compute(computeOptions())) {
      return computeOnce(model);
    }
  }

  /** TR-DPO: mixes the policy into the reference (arXiv 2404.09656, equation 5). */
  private void synchronize(LanguageModel frozen, long step) {
    ReferenceOptions options = config.reference();
    if (options.syncRefModel() && step % options.refModelSyncSteps() == 0) {
      double alpha = options.refModelMixupAlpha();
      frozen
          .parameters()
          .values()
          .mul_(1 - alpha)
          .add_(parts.policy().parameters().values(), alpha);
    }
  }

  private References computeOnce(CausalLm model) {
    List<int[]> batches = visitedBatches();
    int rows = (int) batches.stream().flatMapToInt(Arrays::stream).distinct().count();
    int evalRows = evalPairs == null ? 0 : evalPairs.size();
    CachedReference train =
        CachedReference.compute(
            model, trainPairs, batches, done -> listener.onReference(done, rows + evalRows));
    if (evalPairs == null) {
      return new References(train, null);
    }
    List<int[]> evalBatches = new ArrayList<>();
    int size = config.eval().perDeviceEvalBatchSize();
    for (int from = 0; from < evalRows; from += size) {
      evalBatches.add(IntStream.range(from, Math.min(from + size, evalRows)).toArray());
    }
    return new References(
        train,
        CachedReference.compute(
            model,
            evalPairs,
            evalBatches,
            done -> listener.onReference(rows + done, rows + evalRows)));
  }

  /** The micro-batches in which each row is visited first; rows never visited are left out. */
  private List<int[]> visitedBatches() {
    Set<Integer> seen = new HashSet<>();
    List<int[]> batches = new ArrayList<>();
    for (long step = 1; step <= plan.maxSteps() && seen.size() < trainPairs.size(); step++) {
      for (int[] batch : plan.step(step).microBatches()) {
        if (Arrays.stream(batch).filter(seen::add).count() > 0) {
          batches.add(batch);
        }
      }
    }
    return batches;
  }

  /** The folder that the run writes. */
  public Path outputDir() {
    return RunOutput.folder(config);
  }
}
