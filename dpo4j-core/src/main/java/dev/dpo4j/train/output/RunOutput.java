/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.CheckpointStore;
import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.checkpoint.RunProof;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.metrics.SpeedMetrics;
import dev.dpo4j.metrics.TensorBoardSink;
import dev.dpo4j.metrics.TrainerState;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.weights.HubSnapshots;
import dev.dpo4j.model.weights.ModelCard;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.Intervals;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The output folder of a run: resolved config, metrics, trainer state, model and its card.
 *
 * <p>Of several processes the first alone owns it and writes; the others only read checkpoints.
 */
public final class RunOutput implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunOutput.class);

  /** Metrics by which TensorBoard compares runs. */
  private static final List<String> COMPARED =
      List.of("loss", "rewards/accuracies", "eval_loss", "eval_rewards/accuracies");

  /** Keys that every run has for itself. */
  private static final Set<String> PLACES =
      Set.of("output_dir", "overwrite_output_dir", "resume_from_checkpoint", "report_to");

  /** The folder of TensorBoard's files in a run folder. */
  private static final String RUNS = "runs";

  private final Path folder;
  private final RunConfig config;
  private final LanguageModel policy;
  private final TrainingMethod method;
  private final StepPlan plan;
  private final @Nullable OwnerLock owner;
  private final String yaml;
  private final TrainerState state;
  private final @Nullable Path resumedFrom;
  private final List<MetricSink> sinks = new ArrayList<>();
  private @Nullable TensorBoardSink curves;

  private RunOutput(
      Path folder,
      @Nullable OwnerLock owner,
      RunConfig config,
      LanguageModel policy,
      TrainingMethod method,
      StepPlan plan,
      @Nullable Path resumedFrom,
      String yaml) {
    this.folder = folder;
    this.owner = owner;
    this.yaml = yaml;
    this.resumedFrom = resumedFrom;
    this.config = config;
    this.policy = policy;
    this.method = method;
    this.plan = plan;
    Double evalSteps = config.eval().evalSteps();
    long loggingSteps = config.output().loggingSteps(plan.maxSteps());
    this.state =
        new TrainerState(
            new TrainerState.Plan(
                plan.maxSteps(),
                plan.epochs(),
                loggingSteps,
                evalSteps == null ? null : Intervals.steps(evalSteps, plan.maxSteps()),
                config.save().saveStrategy() == SaveStrategy.NO
                    ? 0
                    : Intervals.steps(config.save().saveSteps(), plan.maxSteps()),
                config.loop().perDeviceTrainBatchSize()));
  }

  /** The folder that a configuration names. */
  public static Path folder(RunConfig config) {
    Path folder = config.output().outputDir();
    if (folder == null) {
      throw new IllegalArgumentException("output_dir must be set: it names the folder to write");
    }
    return folder;
  }

  /**
   * Takes the folder for this run and finds the checkpoint to go on from. No file in it is changed
   * before {@link #begin}, so that what is refused until then leaves the folder as it was.
   *
   * @param ranks the processes of the run, of which the first decides for all
   * @throws dev.dpo4j.io.InUseException if another run writes the folder
   */
  public static RunOutput open(
      RunConfig config,
      LanguageModel policy,
      TrainingMethod method,
      StepPlan plan,
      Collectives ranks) {
    String yaml = ResumePoint.yaml(config.toYaml(), ranks.size());
    if (ranks.leads()) {
      RunOutput output = open(config, policy, method, plan, yaml);
      Path from = output.resumedFrom;
      ranks.allGather((from == null ? "" : from.toString()).getBytes(StandardCharsets.UTF_8));
      return output;
    }
    String from = new String(ranks.allGather(new byte[0]).get(0), StandardCharsets.UTF_8);
    Path resumed = from.isEmpty() ? null : Path.of(from);
    return new RunOutput(folder(config), null, config, policy, method, plan, resumed, yaml);
  }

  private static RunOutput open(
      RunConfig config, LanguageModel policy, TrainingMethod method, StepPlan plan, String yaml) {
    Path folder = folder(config);
    try {
      OutputFolder.refuseModels(
          folder, Arrays.asList(policy.folder(), policy.base(), method.referenceFolder()));
      OwnerLock owner = OwnerLock.ofFolder(folder);
      try {
        boolean overwrite = config.output().overwriteOutputDir();
        Path from = ResumePoint.find(folder, overwrite, config.save(), yaml);
        OutputFolder.requireSpace(folder, policy.trained().count() * Float.BYTES);
        return new RunOutput(folder, owner, config, policy, method, plan, from, yaml);
      } catch (IOException | RuntimeException e) {
        owner.close();
        throw e;
      }
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  private static UncheckedIOException unusable(Path folder, IOException e) {
    return new UncheckedIOException(
        "The output folder %s cannot be used: %s".formatted(folder, e.getMessage()), e);
  }

  /**
   * Refuses to go on from a checkpoint of another run.
   *
   * @throws dev.dpo4j.checkpoint.CheckpointException if it is one
   * @throws ConfigException if that run began with other models
   */
  public void checkResume(String dataSha256, ModelIdentity models) {
    Path from = resumedFrom;
    if (from != null) {
      ResumeState state = ResumeState.read(from);
      models.requireSame(state.origin(), from, config.loop().strict(), true);
      RunCheckpoints.refuseOtherRun(from, state, plan, origin(dataSha256, models));
      RunCheckpoints.refuseOtherDevice(
          from, state.origin(), Backends.identity(), config.save().resumeOnAnotherDevice());
    }
  }

  /** Takes the old log and proof away and writes the resolved config: from here on the run runs. */
  public void begin(RunEvents events) {
    if (owner == null) {
      return;
    }
    try {
      if (resumedFrom == null) {
        new CheckpointStore(folder)
            .steps()
            .forEach(
                step ->
                    LOG.warn(
                        "{} holds checkpoint-{} of an earlier run; it stays until a checkpoint of the same step replaces it",
                        folder,
                        step));
        Files.deleteIfExists(folder.resolve(RunProof.REPORT));
        Files.deleteIfExists(folder.resolve(CompletionLog.FILE_NAME));
        RunTrackers.forget(folder);
      }
      Files.deleteIfExists(folder.resolve(JsonlSink.FILE_NAME));
      Files.deleteIfExists(folder.resolve(RunProof.FILE_NAME));
      AtomicFile.writeString(folder.resolve(ResumePoint.CONFIG), yaml);
    } catch (IOException e) {
      throw unusable(folder, e);
    }
    sinks.add(new JsonlSink(folder.resolve(JsonlSink.FILE_NAME)));
    sinks.add(state);
    events.open(folder, resumedFrom != null);
    if (config.output().writesEventFiles()) {
      TensorBoardSink board = new TensorBoardSink(folder.resolve(RUNS));
      // Four spaces make it a block of code.
      board.text(0, "config", config.toYaml().indent(4));
      board.hyperparameters(keys(), COMPARED);
      sinks.add(board);
      curves = board;
    }
    sinks.add(RunTrackers.open(config.output(), folder, events));
  }

  /** The keys that have an effect, without places. */
  private Map<String, String> keys() {
    Map<String, String> keys = new LinkedHashMap<>();
    for (Setting setting : YamlSource.parse(config.toYaml(), "the configuration")) {
      String text =
          setting.value() instanceof Value.Scalar scalar
              ? scalar.text()
              : setting.value().describe();
      boolean place = PLACES.contains(setting.key());
      if (!place && !text.equals("null")) {
        keys.put(setting.key(), text);
      }
    }
    return keys;
  }

  /** The TensorBoard file of the run, or null. */
  public @Nullable TensorBoardSink board() {
    return curves;
  }

  /** The keeper of the run's checkpoints. */
  public RunCheckpoints checkpoints(
      Optimizer optimizer, TrainTask task, String dataSha256, ModelIdentity models) {
    return new RunCheckpoints(
        folder,
        config.save(),
        plan,
        new RunCheckpoints.Parts(policy, optimizer, task, state),
        origin(dataSha256, models),
        owner != null);
  }

  private ResumeState.Origin origin(String dataSha256, ModelIdentity models) {
    return new ResumeState.Origin(
        Checksums.of(config.toYaml()),
        dataSha256,
        Backends.describe(),
        Backends.identity(),
        CodeVersion.get(),
        models.sha256());
  }

  /** The checkpoint to go on from, or null to begin anew. */
  public @Nullable Path resumedFrom() {
    return resumedFrom;
  }

  /** The folder that is written. */
  public Path folder() {
    return folder;
  }

  /** Where the lines of the log go; nowhere in a process that does not own the folder. */
  public List<MetricSink> sinks() {
    return List.copyOf(sinks);
  }

  /**
   * Writes all that a finished or stopped run leaves.
   *
   * @param checkpoint a whole checkpoint that has the same weights, or null
   */
  public void finish(TrainResult result, String dataSha256, @Nullable Path checkpoint) {
    if (owner == null) {
      return;
    }
    TensorBoardSink board = curves;
    if (board != null) {
      board.ended(!result.stopped());
    }
    new FinalWrite(policy, folder).write(checkpoint);
    // A resumed run tells how fast it went on, as transformers does.
    long first = result.steps() - result.stepsNow() + 1;
    double rows =
        LongStream.rangeClosed(first, result.steps()).mapToDouble(s -> plan.step(s).rows()).sum();
    double steps = (double) result.stepsNow();
    Map<String, Double> summary =
        new LinkedHashMap<>(SpeedMetrics.of("train", result.seconds(), rows, steps));
    summary.put("total_flos", result.totalFlos());
    state.totalFlos(result.totalFlos());
    summary.put("train_loss", result.trainLoss());
    state.log(result.steps(), epoch(result.steps()), summary);
    try {
      state.write(folder.resolve(TrainerState.FILE_NAME), false);
      card(result).write(folder);
      RunProof.write(folder, facts(result, dataSha256), inputs());
    } catch (IOException e) {
      throw stateFailed(e);
    }
  }

  /** Writes the model as it is into a folder of its own. */
  public void writeModel(Path target) {
    if (owner == null) {
      return;
    }
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw unusable(target, e);
    }
    new FinalWrite(policy, target).write(null);
  }

  /** Saves what a run that failed has reached: the model and the log. */
  public void rescue(long stepsDone) {
    if (owner == null) {
      return;
    }
    new FinalWrite(policy, folder).write(null);
    state.progress(stepsDone, epoch(stepsDone));
    try {
      state.write(folder.resolve(TrainerState.FILE_NAME), false);
    } catch (IOException e) {
      throw stateFailed(e);
    }
  }

  /** Whether there is a checkpoint, whole or not, in the folder. */
  public boolean hasCheckpoint() {
    return !new CheckpointStore(folder).steps().isEmpty();
  }

  private double epoch(long steps) {
    return steps == 0 ? 0 : plan.step(steps).epoch();
  }

  private UncheckedIOException stateFailed(IOException e) {
    return new UncheckedIOException(
        "The state of the run could not be written to %s: %s".formatted(folder, e.getMessage()), e);
  }

  private Map<String, Object> facts(TrainResult result, String dataSha256) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("status", result.stopped() ? "stopped" : "finished");
    facts.put("steps", result.steps());
    facts.put("max_steps", plan.maxSteps());
    facts.put("train_loss", result.trainLoss());
    facts.put("dpo4j", CodeVersion.get());
    facts.put("code_sha256", CodeVersion.checksum());
    facts.put("java", System.getProperty("java.version"));
    facts.put("engine", Backends.describe());
    facts.put("device", Backends.device().toString());
    if (Backends.peakBytes() >= 0) {
      facts.put("peak_device_memory", Backends.peakBytes());
    }
    facts.put("tokenized_data_sha256", dataSha256);
    return facts;
  }

  private Map<String, Path> inputs() {
    Map<String, Path> inputs = new LinkedHashMap<>();
    inputs.put("model", policy.folder());
    if (!policy.base().equals(policy.folder())) {
      inputs.put("base_model", policy.base());
    }
    Path reference = method.referenceFolder();
    if (reference != null) {
      inputs.put("reference", reference);
    }
    DatasetOptions data = config.dataset();
    boolean mixed = data.sources().datasetMixture() != null;
    if (data.datasetName() != null || !data.sources().dataset().isEmpty() || mixed) {
      try {
        inputs.putAll(data.train(config.loop().seed()).inputs());
        String evalData = config.eval().evalDataset();
        if (evalData != null) {
          data.evaluation(evalData, config.loop().seed())
              .inputs()
              .forEach((role, path) -> inputs.put("eval_" + role, path));
        }
      } catch (ConfigException | DataException e) {
        // Data that have gone since they were read must not spoil the run; the proof lacks them.
        LOG.warn("run.json will not name the data: {}", e.getMessage());
      }
    }
    return inputs;
  }

  private ModelCard card(TrainResult result) {
    Map<String, Object> facts = new LinkedHashMap<>(method.facts());
    facts.put("learning_rate", config.optimizer().learningRate());
    facts.put(method.unit(), method.trainRows());
    facts.put("steps", result.steps());
    facts.put("train_loss", result.trainLoss());
    facts.put("data", HubSnapshots.shareable(method.report().source()));
    List<String> tags = new ArrayList<>(List.of(method.name()));
    LoraAdapter adapter = policy.adapter();
    if (adapter != null) {
      tags.add(ModelCard.ADAPTER);
      facts.put("adapter", adapter.config().describe());
    }
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return new ModelCard(
        name == null ? "model" : name.toString(),
        HubSnapshots.name(String.valueOf(policy.base())).orElse(null),
        tags,
        facts);
  }

  @Override
  public void close() {
    try (owner) {
      sinks.forEach(MetricSink::close);
    } catch (IOException e) {
      throw new UncheckedIOException("The lock on " + folder + " could not be removed: " + e, e);
    }
  }
}
