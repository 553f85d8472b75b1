/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The state of a run as transformers writes it: {@code trainer_state.json} with the whole log.
 *
 * <p>Tools that plot or compare runs of transformers read this file as it is.
 */
public final class TrainerState implements MetricSink {
  /** The name of the file in a run folder or a checkpoint. */
  public static final String FILE_NAME = "trainer_state.json";

  private static final int EVAL_STEPS_WITHOUT_EVALUATION = 500;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .defaultPrettyPrinter(
              new DefaultPrettyPrinter()
                  .withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Plan plan;
  private final List<Map<String, Object>> history = new ArrayList<>();
  private long globalStep;
  private double epoch;
  private double totalFlos;
  private @Nullable Best best;

  /**
   * What is known of a run before its first step.
   *
   * @param maxSteps optimizer steps of the run
   * @param numTrainEpochs epochs that the run touches
   * @param loggingSteps steps between two lines of the log
   * @param evalSteps steps between two evaluations, or null where there are none
   * @param saveSteps steps between two checkpoints, 0 where there are none
   * @param trainBatchSize pairs of a micro-batch
   */
  public record Plan(
      long maxSteps,
      int numTrainEpochs,
      long loggingSteps,
      @Nullable Long evalSteps,
      long saveSteps,
      int trainBatchSize) {}

  /**
   * The best checkpoint so far.
   *
   * @param metric its value of the metric that decides
   * @param step the step it was taken after
   * @param checkpoint its folder
   */
  public record Best(double metric, long step, String checkpoint) {}

  public TrainerState(Plan plan) {
    this.plan = plan;
  }

  @Override
  public void log(long step, double epochsDone, Map<String, Double> metrics) {
    Map<String, Object> line = new TreeMap<>(metrics);
    line.put("epoch", epochsDone);
    line.put("step", step);
    history.add(line);
    progress(step, epochsDone);
  }

  /** Tells how far the run is, whether or not something is logged. */
  public void progress(long step, double epochsDone) {
    globalStep = step;
    epoch = epochsDone;
  }

  /** Tells the floating-point operations of the run so far. */
  public void totalFlos(double operations) {
    totalFlos = operations;
  }

  /** Tells the best checkpoint so far. */
  public void best(Best newBest) {
    best = newBest;
  }

  /** The lines of the log so far, keys in alphabetical order. */
  public List<Map<String, Object>> logHistory() {
    return List.copyOf(history);
  }

  /**
   * Writes the state; a crash leaves the old file or the new one.
   *
   * @param running whether the run goes on after this
   * @throws IOException if the file cannot be written
   */
  public void write(Path file, boolean running) throws IOException {
    AtomicFile.writeString(file, MAPPER.writeValueAsString(content(running)) + "\n");
  }

  private Map<String, @Nullable Object> content(boolean running) {
    Map<String, @Nullable Object> state = new TreeMap<>();
    state.put("best_global_step", best == null ? null : best.step());
    state.put("best_metric", best == null ? null : best.metric());
    state.put("best_model_checkpoint", best == null ? null : best.checkpoint());
    state.put("epoch", epoch);
    state.put(
        "eval_steps", plan.evalSteps() == null ? EVAL_STEPS_WITHOUT_EVALUATION : plan.evalSteps());
    state.put("global_step", globalStep);
    state.put("is_hyper_param_search", false);
    state.put("is_local_process_zero", true);
    state.put("is_world_process_zero", true);
    state.put("log_history", history);
    state.put("logging_steps", plan.loggingSteps());
    state.put("max_steps", plan.maxSteps());
    state.put("num_input_tokens_seen", 0);
    state.put("num_train_epochs", plan.numTrainEpochs());
    state.put("save_steps", plan.saveSteps());
    state.put("stateful_callbacks", Map.of("TrainerControl", control(running)));
    state.put("total_flos", totalFlos);
    state.put("train_batch_size", plan.trainBatchSize());
    state.put("trial_name", null);
    state.put("trial_params", null);
    return state;
  }

  private static Map<String, Object> control(boolean running) {
    Map<String, Object> args = new TreeMap<>();
    args.put("should_epoch_stop", false);
    args.put("should_evaluate", false);
    args.put("should_log", false);
    args.put("should_save", true);
    args.put("should_training_stop", !running);
    return new TreeMap<>(Map.of("args", args, "attributes", Map.of()));
  }

  /** Does nothing: the file is written by {@link #write}. */
  @Override
  public void close() {}
}
