/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.checkpoint.CheckpointStore;
import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.TrainerState;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.shard.Handover;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.ShardedOptimizer;
import dev.dpo4j.train.loop.CheckpointKeeper;
import dev.dpo4j.train.loop.LoopState;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.options.Intervals;
import dev.dpo4j.train.options.SaveFailure;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the checkpoints of a run and puts a run back to where one of them was taken. */
public final class RunCheckpoints implements CheckpointKeeper {
  /** The state of the optimizer, such as its moments. */
  static final String OPTIMIZER = "optimizer.safetensors";

  private static final Logger LOG = LoggerFactory.getLogger(RunCheckpoints.class);

  private final Path output;
  private final SaveOptions options;
  private final StepPlan plan;
  private final Parts parts;
  private final ResumeState.Origin origin;
  private final CheckpointStore store;
  private final boolean writes;
  private final @Nullable ShardedState sharded;
  private TrainerState.@Nullable Best best;
  private BooleanSupplier asked = () -> false;
  private @Nullable Long bestKept;
  private long lastKept;

  /**
   * What a checkpoint holds the state of.
   *
   * @param policy the weights that are trained
   * @param optimizer their optimizer
   * @param task the task, which may have a state of its own
   * @param state the log in the form of transformers
   */
  record Parts(LanguageModel policy, Optimizer optimizer, TrainTask task, TrainerState state) {}

  /**
   * Looks after the checkpoints in a run folder; what broken writes left there is removed.
   *
   * @param writes whether this process writes them; another only goes on from one
   */
  RunCheckpoints(
      Path output,
      SaveOptions options,
      StepPlan plan,
      Parts parts,
      ResumeState.Origin origin,
      boolean writes) {
    this.output = output;
    this.options = options;
    this.plan = plan;
    this.parts = parts;
    this.origin = origin;
    this.store = new CheckpointStore(output);
    this.writes = writes;
    this.sharded =
        parts.optimizer() instanceof ShardedOptimizer divided ? new ShardedState(divided) : null;
    if (!writes) {
      return;
    }
    try {
      store.clean();
    } catch (IOException e) {
      throw new CheckpointException("What an earlier write left in " + output + " stays: " + e, e);
    }
  }

  /** Saves also after a step at which somebody asks for it. */
  public RunCheckpoints savedWhen(BooleanSupplier condition) {
    asked = condition;
    return this;
  }

  /**
   * Puts weights, optimizer and task back to where a checkpoint was taken.
   *
   * @return the state of the loop there
   * @throws CheckpointException if the checkpoint is not of this run
   * @throws dev.dpo4j.config.value.ConfigException if the run that it is of began with other models
   */
  public LoopState restore(Path checkpoint) {
    ResumeState state = ResumeState.read(checkpoint);
    ResumeState.Progress progress = state.progress();
    refuseOtherRun(checkpoint, state, plan, origin);
    if (!state.origin().models().isEmpty()) {
      // Once more, because now a phase before has made the model that the run starts from.
      new ModelIdentity(origin.models()).requireSame(state.origin(), checkpoint, false, false);
    }
    parts.policy().restore(checkpoint);
    Path optimizer = checkpoint.resolve(OPTIMIZER);
    if (sharded == null) {
      FlatTensors.read(optimizer, OptimizerState.parts(parts.optimizer()));
    } else {
      sharded.read(optimizer);
    }
    parts.task().restoreState(checkpoint);
    parts.optimizer().resume(parts.task().updates(progress.step()));
    lastKept = progress.step();
    TrainerState.Best known = state.best();
    if (known != null) {
      setBest(known);
      bestKept = Files.exists(store.folder(known.step())) ? (Long) known.step() : null;
    }
    return new LoopState(
        progress.step(),
        progress.epoch(),
        progress.tokens(),
        progress.lossSum(),
        progress.learningRate(),
        state.gathered());
  }

  /**
   * Refuses a checkpoint of another run; nothing is changed.
   *
   * @throws CheckpointException if it was taken on other data or in another order
   */
  static void refuseOtherRun(
      Path checkpoint, ResumeState state, StepPlan plan, ResumeState.Origin origin) {
    ResumeState.Progress progress = state.progress();
    if (!state.origin().dataSha256().equals(origin.dataSha256())) {
      throw new CheckpointException(
          checkpoint
              + " is of a run on other data: the tokenised rows have another checksum. Bring back"
              + " data, tokenizer and template, or begin anew in another output_dir.");
    }
    if (progress.maxSteps() < plan.maxSteps()) {
      LOG.warn(
          "{} is at step {} of a run of {} steps, which goes on to step {}: from here on the"
              + " learning rate follows the schedule of {} steps; it was {} at the last step",
          checkpoint,
          progress.step(),
          progress.maxSteps(),
          plan.maxSteps(),
          plan.maxSteps(),
          progress.learningRate());
    }
    if (progress.maxSteps() > plan.maxSteps()
        || !state.sampler().equals(plan.sampler(progress.step()))) {
      throw new CheckpointException(
          "%s is at %s of %d steps, expected %s of %d: it is of another run."
              .formatted(
                  checkpoint,
                  state.sampler(),
                  progress.maxSteps(),
                  plan.sampler(progress.step()),
                  plan.maxSteps()));
    }
    if (!state.origin().engine().equals(origin.engine())) {
      LOG.warn(
          "the engine computes as \"{}\" and did as \"{}\" when {} was taken: the numbers may"
              + " differ in the last digits from those of an unbroken run",
          origin.engine(),
          state.origin().engine(),
          checkpoint);
    }
  }

  /**
   * Refuses to go on with another device or another installed engine than a run computed with. A
   * checkpoint of a version that did not keep them cannot be compared.
   *
   * @param allowed whether that is wanted
   * @throws ConfigException if it is not, with the key that allows it
   */
  static void refuseOtherDevice(
      Path checkpoint, ResumeState.Origin origin, String device, boolean allowed) {
    if (!allowed && !origin.device().isEmpty() && !origin.device().equals(device)) {
      throw new ConfigException(
          new Fault(
              "resume_on_another_device",
              checkpoint.toString(),
              "the run was computed on %s and would go on on %s, whose numbers differ in the last digits. Choose the same device and engine, or set resume_on_another_device to true"
                  .formatted(origin.device(), device)));
    }
  }

  @Override
  public void afterStep(LoopState state, Map<String, Double> evaluation) {
    boolean improved = improved(state, evaluation);
    boolean last = state.step() == plan.maxSteps();
    boolean due =
        switch (options.saveStrategy()) {
          case NO -> false;
          case STEPS ->
              last || state.step() % Intervals.steps(options.saveSteps(), plan.maxSteps()) == 0;
          case EPOCH -> last || state.step() % plan.stepsPerEpoch() == 0;
          case BEST -> improved;
        };
    // Asked even where it is due anyway: one checkpoint answers both.
    if (agreed(asked.getAsBoolean() || due)) {
      save(state);
    }
  }

  @Override
  public void onStop(LoopState state) {
    if (agreed(options.saveStrategy() != SaveStrategy.NO && state.step() != lastKept)) {
      save(state);
    }
  }

  /** Where all processes take part in a checkpoint, the one that writes it decides for all. */
  private boolean agreed(boolean wanted) {
    return parts.optimizer() instanceof ShardedOptimizer divided
        ? divided.ranks().allReduceSum(new double[] {writes && wanted ? 1 : 0})[0] > 0
        : wanted;
  }

  private boolean improved(LoopState state, Map<String, Double> evaluation) {
    String metric = options.bestMetric();
    if (metric == null || evaluation.isEmpty()) {
      return false;
    }
    Double value = evaluation.get(metric);
    if (value == null) {
      throw new CheckpointException(
          "metric_for_best_model is %s, but the evaluation has only %s"
              .formatted(metric, evaluation.keySet()));
    }
    TrainerState.Best before = best;
    boolean better = before == null || options.isBetter(value, before.metric());
    if (better) {
      String folder = store.folder(state.step()).toString();
      setBest(new TrainerState.Best(value, state.step(), folder));
    }
    return better;
  }

  private void setBest(TrainerState.Best found) {
    best = found;
    parts.state().best(found);
  }

  private void save(LoopState state) {
    Handover weights = parts.policy().handover();
    Handover moments = sharded == null || options.saveOnlyModel() ? null : sharded.handover();
    List<Handover> divided = Stream.of(weights, moments).filter(Objects::nonNull).toList();
    if (!writes) {
      divided.forEach(Handover::give);
      return;
    }
    try {
      parts.state().progress(state.step(), state.epoch());
      Path written = store.publish(state.step(), folder -> write(folder, state, weights, moments));
      LOG.debug("wrote {}", written);
      lastKept = state.step();
      TrainerState.Best known = best;
      bestKept = known != null && known.step() == state.step() ? (Long) state.step() : bestKept;
      Integer limit = options.saveTotalLimit();
      if (limit != null) {
        store.rotate(state.step(), limit, bestKept);
      }
    } catch (IOException e) {
      divided.forEach(Handover::drop);
      String message =
          "the checkpoint after step %d could not be written: %s. The last good one is %s."
              .formatted(
                  state.step(),
                  e.getMessage(),
                  lastKept == 0 ? "none" : store.folder(lastKept).toString());
      if (options.onSaveFailure() == SaveFailure.STOP) {
        throw new CheckpointException(
            message + " Make room and go on with resume_from_checkpoint auto.", e);
      }
      LOG.warn("{} The run goes on (on_save_failure continue).", message);
    }
  }

  private void write(
      Path folder, LoopState state, @Nullable Handover weights, @Nullable Handover moments)
      throws IOException {
    parts.policy().save(folder, weights);
    parts.state().write(folder.resolve(TrainerState.FILE_NAME), true);
    if (options.saveOnlyModel()) {
      return;
    }
    for (String file : new String[] {JsonlSink.FILE_NAME, ResumePoint.CONFIG}) {
      AtomicFile.copy(output.resolve(file), folder.resolve(file));
    }
    Path optimizer = folder.resolve(OPTIMIZER);
    if (sharded == null || moments == null) {
      FlatTensors.write(optimizer, OptimizerState.parts(parts.optimizer()));
    } else {
      sharded.write(optimizer, moments);
    }
    parts.task().saveState(folder);
    new ResumeState(
            new ResumeState.Progress(
                state.step(),
                state.epoch(),
                plan.maxSteps(),
                state.tokens(),
                state.lossSum(),
                state.learningRate()),
            plan.sampler(state.step()),
            state.gathered(),
            best,
            origin)
        .write(folder);
  }

  /** The checkpoint after a step if it was kept and the run can go on from it, else null. */
  public @Nullable Path at(long step) {
    boolean resumable = step > 0 && lastKept == step && !options.saveOnlyModel();
    return resumable ? store.folder(step) : null;
  }

  /** Puts the weights of the best checkpoint into the model if that is asked for. */
  public void loadBest() {
    if (!options.loadBestModelAtEnd() || !writes) {
      return;
    }
    if (bestKept == null) {
      LOG.warn(
          "load_best_model_at_end: no evaluation had a checkpoint; the last weights are taken");
      return;
    }
    parts.policy().restore(store.folder(bestKept));
    LOG.info("the result has the weights of {}, the best evaluation", store.folder(bestKept));
  }
}
