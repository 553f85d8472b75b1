/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.io.RunRequest;
import dev.dpo4j.metrics.JsonlSink;
import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.LongSequences;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.GradientSums;
import dev.dpo4j.optim.Optimizer;
import dev.dpo4j.optim.OptimizerFactory;
import dev.dpo4j.optim.ParameterRates;
import dev.dpo4j.optim.ShardedOptimizer;
import dev.dpo4j.optim.schedule.LrSchedule;
import dev.dpo4j.optim.schedule.ScheduleFactory;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.probe.Bfloat16;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.train.loop.EarlyStopping;
import dev.dpo4j.train.loop.KlLimitException;
import dev.dpo4j.train.loop.LoopSettings;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.RankRows;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.SamplePrompts;
import dev.dpo4j.train.loop.StepPlan;
import dev.dpo4j.train.loop.TrainLoop;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.loop.TrainTask;
import dev.dpo4j.train.loop.TrainingMethod;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.Intervals;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.options.Shard;
import dev.dpo4j.train.output.CodeVersion;
import dev.dpo4j.train.output.CompletionLog;
import dev.dpo4j.train.output.ModelIdentity;
import dev.dpo4j.train.output.RunCheckpoints;
import dev.dpo4j.train.output.RunEvents;
import dev.dpo4j.train.output.RunInbox;
import dev.dpo4j.train.output.RunOutput;
import dev.dpo4j.train.output.RunTrackers;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of any method: from a model and tokenised rows to a folder with the trained model.
 *
 * <p>The order of things: output folder, plan, reference log-probabilities, loop, output. The
 * model's weights are changed in place.
 */
public final class TrainingRun {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  /** The folder of the averaged weights below that of a run. */
  private static final String BEMA = "bema";

  private final RunConfig config;
  private final LanguageModel policy;
  private final TrainingMethod method;
  private final RunHooks hooks;
  private final RunEvents listener;
  private final RunInbox inbox;
  private final BooleanSupplier stopRequested;
  private final StepPlan plan;
  private final Collectives ranks;

  /** Takes part in the passes that other processes still make over divided weights. */
  private Runnable meeting = () -> {};

  /** What the model answers while it is trained. */
  private List<int[]> samplePrompts = List.of();

  /**
   * Prepares a run; nothing is computed yet, but the model has its adapter afterwards.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.config.value.ConfigException if the adapter is not the one that is asked for,
   *     or if the hooks leave an option without effect
   */
  public TrainingRun(
      RunConfig config, LanguageModel policy, TrainingMethod method, RunHooks hooks) {
    hooks.check(config);
    this.ranks =
        RankLimits.dividesWeights(config, hooks.ranks())
            ? hooks.ranks().after(() -> meeting.run())
            : hooks.ranks();
    this.config = config;
    this.policy = policy;
    this.hooks = hooks;
    config.texts().give(policy);
    config.peft().attach(policy, config.loop().seed());
    RankLimits.check(config, policy, method, hooks);
    if (config.optimizer().gradientDtype() == GradientDtype.BFLOAT16) {
      WeightLayout.narrowGradients(policy.parameters());
    }
    this.method = method;
    this.listener = new RunEvents(hooks.listener());
    this.inbox = new RunInbox(listener);
    BooleanSupplier given = hooks.stopRequested();
    BooleanSupplier asked = () -> given.getAsBoolean() || inbox.asks(RunRequest.STOP);
    this.stopRequested = lasting(ranks.isSeveral() ? agreed(asked) : asked);
    this.plan = method.plan(config.loop(), ranks.size());
  }

  /** What was asked for once stays so: a pass that was left early must not be followed by steps. */
  private static BooleanSupplier lasting(BooleanSupplier given) {
    AtomicBoolean asked = new AtomicBoolean();
    return () -> {
      if (!asked.get() && given.getAsBoolean()) {
        asked.set(true);
      }
      return asked.get();
    };
  }

  /** All processes stop where one is asked to: they ask one another at the same places. */
  private BooleanSupplier agreed(BooleanSupplier asked) {
    return () -> ranks.allReduceSum(new double[] {asked.getAsBoolean() ? 1 : 0})[0] > 0;
  }

  /**
   * Trains and writes the output folder.
   *
   * @throws NonFiniteException if training met a number that is not finite; the model of the step
   *     before was written
   * @throws UncheckedIOException if the output cannot be written; a failure while training leaves
   *     the model of the last step, if there is room for it
   */
  public TrainResult run() {
    config.loop().checkProcessor();
    config.loop().chooseSums();
    RunTrackers.require(config.output());
    method.check(plan);
    int plain = method.report().count(RowEvent.WITHOUT_TEMPLATE);
    if (plain > 0) {
      listener.onWarning(
          "chat template",
          "%d of %d rows are plain text, so the model's chat template is not applied to them. A model that is used for chat learns little from that: give the prompt and the answers as messages, such as [{\"role\": \"user\", \"content\": \"...\"}]"
              .formatted(plain, method.report().read()));
    }
    NewTokens.growth(policy).ifPresent(text -> listener.onWarning("vocabulary", text));
    NewTokens.missingMarks(policy).ifPresent(text -> listener.onWarning("chat template", text));
    if (config.loop().shard() != Shard.NONE && !ranks.isSeveral()) {
      listener.onWarning("shard", RankLimits.ALONE);
    }
    if (Boolean.TRUE.equals(config.loop().bf16()) && !Bfloat16.hasUnits()) {
      listener.onWarning("bf16", Bfloat16.FALLBACK);
    }
    RunPlanner.idle(config).forEach(listener::onWarning);
    RunOutput output = RunOutput.open(config, policy, method, plan, ranks);
    TrainResult result;
    try (RunEvents events = listener) {
      result = run(output);
    } finally {
      output.close();
    }
    listener.onEnd(output.folder(), result);
    return result;
  }

  private TrainResult run(RunOutput output) {
    TrainingMethod.RunContext surroundings =
        new TrainingMethod.RunContext(
            output.folder(),
            output.resumedFrom(),
            plan,
            listener,
            stopRequested,
            new RankRows(ranks));
    try {
      // All that may refuse comes before the first change of the folder, and the checksums of the
      // models before training changes them.
      String dataSha256 = method.dataSha256();
      ModelIdentity before = identity(output).withLoss(method.ownLoss()).withJudge(method.judge());
      agree(dataSha256, before);
      output.checkResume(dataSha256, before);
      Path from = output.resumedFrom();
      if (from != null) {
        method.checkResume(from);
        hooks.checkResume(from, config.optimizer().learningRate());
      }
      samplePrompts = samplePrompts();
      RunPlan plan = RunPlanner.plan(policy, config, hooks, this.plan, method);
      RunPlanner.refuseTooLarge(plan, config, RunPlanner.held(policy), RunPlanner.available());
      output.begin(listener);
      if (ranks.leads()) {
        inbox.open(output.folder());
      }
      listener.data("train", method.report());
      method.prepare(surroundings);
      listener.onPlan(plan);
      stopWhereAnswersEnd();
      String longRows = LongSequences.warning(policy.config(), plan.longestRows(), true);
      if (longRows != null) {
        listener.onWarning("long_rows", longRows);
      }
      ModelIdentity models = method.trainsBefore() ? before.withStart(policy) : before;
      long activationBytes = RunPlanner.activationBytes(plan, config, policy);
      return train(output, surroundings, activationBytes, new Identity(dataSha256, models));
    } catch (DeviceMemoryException e) {
      Path kept = output.hasCheckpoint() ? output.folder() : null;
      RuntimeException explained =
          RunPlanner.noMemoryLeft(config, method.holdsSecondModel(), kept, e);
      listener.failed(explained);
      throw explained;
    } catch (RuntimeException e) {
      listener.failed(e);
      throw e;
    }
  }

  /** Lets the result stop at the token that it learns to end with. */
  private void stopWhereAnswersEnd() {
    LearntEnd end = new LearntEnd(policy.tokenizer());
    method.showEnds(end);
    OptionalInt missing = end.missingStop();
    missing.ifPresent(policy::stopAlsoAt);
    String more =
        missing.isPresent()
            ? ". The result stops there too: its generation_config.json names the token as well"
                + " (eos_token_id)."
            : ". Is it the template that belongs to this model, and are the answers whole?";
    end.warning().ifPresent(text -> listener.onWarning("stop_token", text + more));
  }

  private ModelIdentity identity(RunOutput output) {
    boolean needed =
        ranks.isSeveral()
            || output.resumedFrom() != null
            || config.save().saveStrategy() != SaveStrategy.NO;
    return needed ? ModelIdentity.of(policy, method.referenceModel()) : ModelIdentity.UNKNOWN;
  }

  /** Gradients of other data or of other weights must not be added up. */
  private void agree(String dataSha256, ModelIdentity models) {
    if (ranks.isSeveral()) {
      ranks.agree("version", CodeVersion.get(), "install the same version on all machines");
      ranks.agree("configuration", config.toYaml(), "start all processes with the same settings");
      ranks.agree("data", "sha256 " + dataSha256, "let all processes read the same rows");
      String sums =
          models.sha256().entrySet().stream()
              .map(sum -> sum.getKey() + " " + sum.getValue())
              .collect(Collectors.joining("\n"));
      ranks.agree("weights", sums, "let all processes read the same model folders");
    }
  }

  /** What a checkpoint is of. */
  private record Identity(String dataSha256, ModelIdentity models) {}

  /** Foretells the run without computing or writing anything. */
  public RunPlan plan() {
    method.check(plan);
    return RunPlanner.plan(policy, config, hooks, plan, method);
  }

  /** A checksum over the tokenised rows, by which a resumed run knows its data. */
  public String dataSha256() {
    return method.dataSha256();
  }

  private TrainResult train(
      RunOutput output,
      TrainingMethod.RunContext surroundings,
      long activationBytes,
      Identity identity) {
    ComputeOptions compute =
        RunPlanner.computeOptions(policy, config.loop()).withActivationBytes(activationBytes);
    Engine.giveBackFreed();
    try (CausalLm model = policy.compute(compute);
        Bema bema = config.bema().bema() ? new Bema(config.bema(), policy.trained()) : null;
        TrainTask task =
            new ExtendedTask(method.open(model, surroundings), policy, bema, hooks.metrics())
                .summedBy(sums(model));
        Optimizer optimizer = optimizer(model)) {
      config.peft().trainWithDropout(model, policy, config.loop().seed(), optimizer::steps);
      ModelIdentity models =
          identity.models().withOptimizer(hooks.optimizer() == null ? null : optimizer.identity());
      RunCheckpoints checkpoints =
          output
              .checkpoints(optimizer, task, identity.dataSha256(), models)
              .savedWhen(() -> inbox.asks(RunRequest.CHECKPOINT));
      CompletionLog completions = completions(output);
      TrainLoop loop =
          loop(task, optimizer, output, completions)
              .keptBy(checkpoints)
              .sharedBy(sumsWhileComputing() ? Collectives.single() : ranks)
              .endedBy(earlyStopping());
      Path from = output.resumedFrom();
      if (from != null) {
        loop.resume(checkpoints.restore(from), from.resolve(JsonlSink.FILE_NAME));
      }
      listener.started(config, loop.stepsDone(), plan.maxSteps());
      listener.training();
      if (completions != null) {
        completions.begin(loop.stepsDone());
      }
      TrainResult result = runLoop(loop, output);
      task.ended();
      if (RankLimits.dividesWeights(config, ranks)) {
        optimizer.close(); // Whole weights need the room of its state.
      }
      unite();
      if (!result.stopped()) {
        loadBest(checkpoints);
      }
      if (completions != null) {
        completions.end(result.steps());
      }
      if (bema != null) {
        Path averaged = output.folder().resolve(BEMA);
        bema.withResult(() -> output.writeModel(averaged));
      }
      listener.ended(result);
      inbox.clear();
      output.finish(result, identity.dataSha256(), checkpoints.at(result.steps()));
      // What comes next may read the folder.
      ranks.barrier();
      return result;
    }
  }

  /** A divided optimizer takes its part of the sums at once. */
  private boolean sumsWhileComputing() {
    return ranks.isSeveral() && !RankLimits.shards(config, ranks);
  }

  /** Sums that begin before the backward pass ends. */
  private @Nullable GradientSums sums(CausalLm model) {
    if (!sumsWhileComputing()) {
      return null;
    }
    GradientSums sums = new GradientSums(policy.trained(), ranks);
    model.watchGradients(sums::layerDone);
    return sums;
  }

  private void loadBest(RunCheckpoints checkpoints) {
    checkpoints.loadBest();
    if (config.save().loadBestModelAtEnd()) {
      ranks.broadcast(policy.trained().values(), 0);
    }
  }

  /** Makes the optimizer; where weights are divided, what came before has used them as a whole. */
  private Optimizer optimizer(CausalLm model) {
    OptimizerFactory own = hooks.optimizer();
    ParameterRates rates = config.peft().rates(policy);
    OptimizerFactory factory = own == null ? config.optimizer()::create : own;
    if (RankLimits.dividesWeights(config, ranks)) {
      DividedWeights divided = policy.divide(model, hooks.ranks());
      meeting = divided::meet;
      Engine.giveBackFreed();
      if (policy.adapter() == null) {
        return ShardedOptimizer.create(factory, divided.store(), ranks);
      }
    }
    if (!RankLimits.shards(config, ranks)) {
      return factory.create(policy.trained(), rates);
    }
    boolean whole = own != null || config.optimizer().type().needsWholeParameters();
    return ShardedOptimizer.create(factory, whole, policy.trained(), rates, ranks);
  }

  /** Puts divided weights together for what comes after the last step. */
  private void unite() {
    meeting.run();
    meeting = () -> {};
    policy.unite();
  }

  private LrSchedule schedule() {
    double learningRate = config.optimizer().learningRate();
    ScheduleFactory own = hooks.schedule();
    return own == null
        ? config.schedule().schedule(learningRate, plan.maxSteps(), config.save().rateMetric())
        : own.create(learningRate, plan.maxSteps());
  }

  /**
   * Evaluates the held-out rows with the model as it is; nothing is trained or written.
   *
   * @throws IllegalStateException if there are none
   * @throws dev.dpo4j.train.loop.StoppedException if it was asked to stop
   */
  public Map<String, Double> evaluate() {
    if (method.evalRows() == 0) {
      throw new IllegalStateException("there are no rows to evaluate: give evalDataset");
    }
    try (CausalLm model = policy.compute(computeOptions(config.loop()));
        TrainTask task =
            new ExtendedTask(method.openEvaluation(model), policy, null, hooks.metrics())) {
      return task.evaluate(stopRequested);
    }
  }

  /** Runs the loop; where it fails, the model that it reached is saved all the same. */
  private TrainResult runLoop(TrainLoop loop, RunOutput output) {
    try {
      return loop.run();
    } catch (NonFiniteException
        | KlLimitException
        | RewardException
        | UncheckedIOException
        | CheckpointException e) {
      if (e instanceof CheckpointException && output.hasCheckpoint()) {
        throw e; // The weights of that checkpoint are safe, and the room is needed for the next
        // one.
      }
      if (RankLimits.dividesWeights(config, ranks)) {
        if (e instanceof UncheckedIOException || e instanceof CheckpointException) {
          throw e; // This process alone has failed, and holds a part of the weights only.
        }
        unite();
      }
      try {
        output.rescue(loop.stepsDone());
      } catch (UncheckedIOException unsaved) {
        // It says where the weights are, if they are anywhere.
        LOG.error("{}", unsaved.getMessage());
        e.addSuppressed(unsaved);
      }
      throw e;
    }
  }

  /** How the models of a run compute. */
  public static ComputeOptions computeOptions(LoopOptions loop) {
    return ComputeOptions.of(loop.bf16()).withOffloadedActivations(loop.activationOffloading());
  }

  /** The prompts of log_completions. */
  private List<int[]> samplePrompts() {
    EvalOptions eval = config.eval();
    if (!ranks.leads()) {
      return List.of();
    }
    Path file = eval.logCompletionsFile();
    if (!eval.logCompletions() || file == null) {
      return eval.logCompletions() ? method.samplePrompts(eval.logCompletionsPrompts()) : List.of();
    }
    LengthLimits limits = new LengthLimits(null, null, null, LengthLimits.Truncation.KEEP_END);
    List<TokenizedPrompt> prompts =
        PromptRows.read(file, "train").tokenize(policy.tokenizer().chat(), limits).prompts();
    return SamplePrompts.first(prompts, TokenizedPrompt::ids, eval.logCompletionsPrompts());
  }

  private @Nullable CompletionLog completions(RunOutput output) {
    return samplePrompts.isEmpty()
        ? null
        : new CompletionLog(
            output.folder(),
            policy,
            computeOptions(config.loop()),
            samplePrompts,
            config.eval().logCompletionsMaxNewTokens(),
            // Only one process writes answers, so it cannot ask the others meanwhile.
            ranks.isSeveral() ? () -> false : stopRequested,
            output.board());
  }

  private TrainLoop loop(
      TrainTask task, Optimizer optimizer, RunOutput output, @Nullable CompletionLog completions) {
    List<MetricSink> sinks = new ArrayList<>(output.sinks());
    sinks.addAll(method.sinks(listener));
    sinks.addAll(hooks.sinks());
    if (completions != null) {
      sinks.add(completions);
    }
    return new TrainLoop(
        task, optimizer, schedule(), plan, settings(), sinks, listener, stopRequested);
  }

  private LoopSettings settings() {
    OutputOptions output = config.output();
    EvalOptions eval = config.eval();
    boolean evaluates = method.evalRows() > 0;
    long loggingSteps = output.loggingSteps(plan.maxSteps());
    Double evalSteps = eval.evalSteps();
    return new LoopSettings(
        config.optimizer().maxGradNorm(),
        output.loggingStrategy(),
        loggingSteps,
        output.loggingFirstStep(),
        evaluates ? eval.strategy() : Interval.NO,
        evalSteps == null ? loggingSteps : Intervals.steps(evalSteps, plan.maxSteps()),
        evaluates && eval.evalOnStart(),
        eval.evalDelay());
  }

  private @Nullable EarlyStopping earlyStopping() {
    EvalOptions eval = config.eval();
    Integer patience = eval.earlyStoppingPatience();
    if (patience == null || method.evalRows() == 0) {
      return null;
    }
    String metric = config.save().rateMetric();
    return new EarlyStopping(
        metric, config.save().prefersGreater(metric), patience, eval.earlyStoppingThreshold());
  }
}
