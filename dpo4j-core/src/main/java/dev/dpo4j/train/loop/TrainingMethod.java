/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a method of training (DPO, SFT, KTO) brings to a run: its data, its reference and its task.
 *
 * <p>All else, from the plan to the output folder, is the {@link TrainingRun}'s.
 */
public interface TrainingMethod {

  /**
   * What surrounds a method while it runs.
   *
   * @param output the run folder
   * @param resumedFrom the checkpoint that the run goes on from, or null
   * @param plan which rows each step trains on
   * @param listener is told of progress and warnings
   * @param stopRequested asked before each step whether to stop; with several processes all of them
   *     ask at the same places, and hear the same
   * @param share which rows this process computes
   */
  record RunContext(
      Path output,
      @Nullable Path resumedFrom,
      StepPlan plan,
      TrainListener listener,
      BooleanSupplier stopRequested,
      RankRows share) {}

  /** The name in tags and commands, such as {@code dpo}. */
  String name();

  /** Whether several processes can share the rows of a step. */
  default boolean sharesRows() {
    return false;
  }

  /** What a row is called, in the plural. */
  String unit();

  /** What became of the rows of the training data. */
  DataReport report();

  /** Rows of training data. */
  int trainRows();

  /** Rows of evaluation data, 0 without evaluation. */
  int evalRows();

  /** A checksum over the tokenised rows, by which a resumed run knows its data. */
  String dataSha256();

  /** Tokens of an epoch, prompts counted once an answer. */
  long tokensPerEpoch();

  /** Rows of the flat batch of the largest pass that a micro-batch is computed in. */
  long longestPass(int[] microBatch);

  /** Where the reference comes from, in words. */
  default String reference() {
    return "none";
  }

  /** The folder of a reference model that was given, or null. */
  default @Nullable Path referenceFolder() {
    return null;
  }

  /** The reference that was given as a model of its own, or null. */
  default @Nullable LanguageModel referenceModel() {
    return null;
  }

  /** What tells a loss that the program brings from others; null where the options name it. */
  default @Nullable String ownLoss() {
    return null;
  }

  /** What tells the judges of a model's own answers from others; null where nothing is judged. */
  default @Nullable String judge() {
    return null;
  }

  /** The first prompts of the evaluation data, or of the training data without one. */
  default List<int[]> samplePrompts(int count) {
    return List.of();
  }

  /** Whether a second model stays in memory. */
  default boolean holdsSecondModel() {
    return false;
  }

  /** Whether a reference scores each batch while the policy is trained. */
  default boolean scoresBesideTraining() {
    return false;
  }

  /** Bytes of models that are held beside the policy and its reference, such as a reward model. */
  default long furtherModelBytes() {
    return 0;
  }

  /**
   * Models that are trained, each of which holds the activations of its largest pass until the
   * next: one, or two with a critic.
   */
  default int trainedModels() {
    return 1;
  }

  /** Bytes that a rollout takes at its peak, while nothing is trained; 0 without rollouts. */
  default long rolloutBytes() {
    return 0;
  }

  /**
   * Which rows each step trains on.
   *
   * @param loop how long is trained, and in which order
   * @param processes the processes that share each micro-batch, with as many rows for each as a
   *     single process would have
   */
  default StepPlan plan(LoopOptions loop, int processes) {
    return StepPlan.of(trainRows(), loop, processes, loop.maxSteps());
  }

  /** What the model card says of the method. */
  Map<String, Object> facts();

  /**
   * Refuses what cannot be, before anything is written.
   *
   * @throws dev.dpo4j.config.value.ConfigException if an option has no effect in a run of this plan
   */
  default void check(StepPlan plan) {}

  /**
   * Refuses to go on from a checkpoint that lacks a part of the run's state.
   *
   * @throws dev.dpo4j.checkpoint.CheckpointException if it does
   */
  default void checkResume(Path checkpoint) {}

  /** Done after the output folder was made and before anything is computed for the run itself. */
  default void prepare(RunContext surroundings) {}

  /** Shows the answers that are learnt to their end. */
  void showEnds(LearntEnd end);

  /** Whether {@link #prepare} trains the model before the run itself does. */
  default boolean trainsBefore() {
    return false;
  }

  /** Makes the task; closing it frees its reference. */
  TrainTask open(CausalLm policy, RunContext surroundings);

  /** Makes a task that is only evaluated; closing it frees its reference, a model in memory. */
  TrainTask openEvaluation(CausalLm policy);

  /** Watches the log beside the files. */
  default List<MetricSink> sinks(TrainListener listener) {
    return List.of();
  }
}
