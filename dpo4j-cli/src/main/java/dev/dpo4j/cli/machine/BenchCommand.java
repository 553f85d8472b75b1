/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.command.Version;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Folders;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.TrainingCost;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.optim.GradientDtype;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.probe.GemmRate;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.SamplingStrategy;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Times a training run. */
@Command(
    name = "bench",
    description = {
      "Time a DPO run and print one JSON object: speed, memory and the metrics of every " + "step.",
      "",
      "Rows in the order of the file, constant learning rate, AdamW, clipping at 1. The "
          + "time of the reference's log-probs counts. The trained model is thrown away.",
      "",
      "The keys of dpo for loss, reference, adapter, optimizer, schedule and loop act, too."
    })
public final class BenchCommand extends BoundCommand<BenchOptions> {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
  private static final double GIB = 1L << 30;

  /** The groups of dpo's keys that a timed run takes; it writes no output and reads all rows. */
  private static final Set<String> GROUPS =
      Set.of("Loss", "Reference model", "Adapter", "Optimizer", "Learning-rate schedule", "Loop");

  /** The keys that are 0 or 1 here, and false or true in dpo. */
  private static final Set<String> SWITCHES =
      Set.of("bf16", "gc", "gradient_checkpointing", "precompute", "precompute_ref_log_probs");

  private final Console console;
  private final Interruption interruption;
  private final List<Setting> training = new ArrayList<>();

  public BenchCommand(Console console, Interruption interruption) {
    super(Binder.of(BenchOptions.class), "model", "data");
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  protected void take(List<List<Setting>> sources) {
    training.clear();
    List<Key> own = allKeys();
    List<Key> others =
        DpoConfig.binder().keys().stream().filter(key -> GROUPS.contains(key.group())).toList();
    for (List<Setting> source : sources) {
      source.replaceAll(BenchCommand::asNumber);
      List<Setting> taken =
          source.stream()
              .filter(one -> !names(own, one.key()) && names(others, one.key()))
              .toList();
      source.removeAll(taken);
      training.addAll(taken);
    }
  }

  private static boolean names(List<Key> keys, String written) {
    String name = written.replace('-', '_').replaceFirst("^no_", "");
    return keys.stream().anyMatch(key -> key.isCalled(name));
  }

  private static Setting asNumber(Setting setting) {
    if (SWITCHES.contains(setting.key().replace('-', '_'))
        && setting.value() instanceof Value.Scalar word
        && word.text().matches("(?i)true|false")) {
      String number = Boolean.parseBoolean(word.text()) ? "1" : "0";
      return new Setting(
          setting.key(), new Value.Scalar(number, Value.Kind.NUMBER), setting.where());
    }
    return setting;
  }

  @Override
  protected ExitCode run(BenchOptions options) throws IOException {
    if (options.out() != null) {
      OutputFile.require(
          "out", Path.of(options.out()), head -> head.startsWith("{\"tool\":\"dpo4j "), List.of());
    }
    interruption.listen();
    Path folder = Path.of(Objects.requireNonNull(options.model()));
    EngineRoute.choose(options.device());
    PreferenceDataset data = read(folder, options);
    boolean cpu = Backends.device().isCpu();
    if (options.threads() > 0 && cpu) {
      Engine.ensureStarted().useThreads(options.threads());
    }
    double rate = GemmRate.ofProcessor(1.0).orElse(Double.NaN);
    Path output = Files.createTempDirectory("dpo4j-bench");
    try (LanguageModel model = LanguageModel.load(folder, options.base(), TextChanges.NONE)) {
      Clock clock = new Clock(console);
      DpoRun.Parts parts = new DpoRun.Parts(model, null, data, null);
      TrainResult result =
          DpoRun.of(
                  parts,
                  config(options, output, training),
                  RunHooks.of(clock, interruption::requested))
              .run();
      if (result.stopped()) {
        return ExitCode.INTERRUPTED;
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("tool", "dpo4j " + Version.own() + ", " + Backends.describe());
      line.put("cpu", Machine.read(Path.of("/")).cpu());
      if (cpu) {
        line.put("threads", Engine.ensureStarted().threads());
      } else {
        line.put("device", Backends.device().toString());
        line.put("peak_device_gb", Backends.peakBytes() / GIB);
      }
      line.put("args", arguments(options));
      line.putAll(figures(data, clock, result));
      double least = leastFlops(model.config(), options.lora(), data);
      line.put("least_tflop", least / 1e12);
      if (cpu) {
        line.put("gemm_gflops", rate / 1e9);
        line.put("limit_share", least / rate / (clock.referenceSeconds() + result.seconds()));
        line.put("train_limit_share", least / rate / result.seconds());
      }
      line.put("step_s", clock.seconds);
      line.put("rss_gb", clock.resident);
      line.put("steps", clock.metrics);
      String json = JSON.writeValueAsString(line);
      console.out().println(json);
      if (options.out() != null) {
        AtomicFile.writeString(Path.of(options.out()), json + "\n");
      }
      return ExitCode.DONE;
    } finally {
      Folders.delete(output);
    }
  }

  private PreferenceDataset read(Path folder, BenchOptions options) {
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(folder)) {
      Path file = Path.of(Objects.requireNonNull(options.data()));
      DpoConfig config = DpoConfig.builder().maxLength(options.maxLength()).build();
      PreferenceDataset data =
          PreferenceRows.read(file, "train[:" + options.n() + "]")
              .tokenize(tokenizer.chat(), config.data().tokenizeOptions());
      console.err().println(data.report().toTable());
      return data;
    }
  }

  /** The options, and behind them what else was said of the training. */
  private JsonNode arguments(BenchOptions options) {
    ObjectNode arguments = JSON.valueToTree(options);
    arguments.put("optim", options.optim().configName());
    training.forEach(
        one ->
            arguments.put(
                one.key(),
                one.value() instanceof Value.Scalar scalar
                    ? scalar.text()
                    : Binder.yaml(one.value())));
    return arguments;
  }

  private static DpoConfig config(BenchOptions options, Path output, List<Setting> training) {
    DpoConfig config = config(options, output);
    return training.isEmpty()
        ? config
        : DpoConfig.binder().bind(YamlSource.parse(config.toYaml(), "bench"), training).value();
  }

  private static DpoConfig config(BenchOptions options, Path output) {
    DpoConfigBuilder config = DpoConfig.builder();
    if (options.precompute() == 1) {
      config.refLogpsCache("off");
    }
    if (options.lora() > 0) {
      config
          .usePeft(true)
          .loraR(options.lora())
          .loraAlpha(2 * options.lora())
          .loraDropout(0)
          .loraTargetModules("all-linear")
          .dtype(options.dtype())
          .loadIn4bit(options.packing().loadIn4bit())
          .loadIn8bit(options.packing().loadIn8bit());
      if (options.packing().loadIn4bit()) {
        config
            .bnb4bitQuantType(options.packing().bnb4bitQuantType())
            .useBnbNestedQuant(options.packing().useBnbNestedQuant());
      }
    }
    if (options.gradientDtype() != GradientDtype.FLOAT32) {
      config.gradientDtype(options.gradientDtype());
    }
    return config
        .outputDir(output)
        .overwriteOutputDir(true)
        .saveStrategy(SaveStrategy.NO)
        .maxLength(options.maxLength())
        .perDeviceTrainBatchSize(options.bs())
        .bf16(options.bf16() == 1)
        .gradientCheckpointing(options.gc() == 1)
        .precomputeRefLogProbs(options.precompute() == 1)
        .learningRate(options.lr())
        .lrSchedulerType(LrSchedulerType.CONSTANT)
        .lossType(options.loss())
        .optim(options.optim())
        .beta(options.beta())
        .numTrainEpochs(1)
        .loggingSteps(1)
        .trainSamplingStrategy(SamplingStrategy.SEQUENTIAL)
        .build();
  }

  private static Map<String, Object> figures(
      PreferenceDataset data, Clock clock, TrainResult result) {
    long tokens = data.pairs().stream().mapToLong(TokenizedPair::tokens).sum();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("pairs", data.size());
    line.put("tokens", tokens);
    line.put("reference_s", clock.referenceSeconds());
    line.put("train_s", result.seconds());
    line.put("tokens_per_s", tokens / (clock.referenceSeconds() + result.seconds()));
    line.put("peak_rss_gb", result.peakMemoryBytes() / GIB);
    line.put("planned_gb", clock.foretold / GIB);
    return line;
  }

  private static double leastFlops(ModelConfig model, int lora, PreferenceDataset data) {
    return data.pairs().stream()
        .map(pair -> FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds()))
        .map(tree -> FlatBatch.of(List.of(tree)))
        .mapToDouble(
            batch ->
                lora == 0
                    ? TrainingCost.flops(model, batch)
                    : TrainingCost.adapterFlops(model, lora, batch))
        .sum();
  }

  /** Takes the times. */
  private static final class Clock implements TrainListener {
    private final Console console;
    private final List<Double> seconds = new ArrayList<>();
    private final List<Double> resident = new ArrayList<>();
    private final List<Map<String, Double>> metrics = new ArrayList<>();
    private long planned;
    private double beforeFirstStep;
    private double foretold;

    Clock(Console console) {
      this.console = console;
    }

    @Override
    public void onPlan(RunPlan plan) {
      planned = System.nanoTime();
      foretold = plan.memory().total();
      console.err().println(plan.memory());
    }

    @Override
    public void onStep(StepReport report) {
      if (report.step() == 1) {
        beforeFirstStep = (System.nanoTime() - planned) / 1e9 - report.seconds();
      }
      seconds.add(Math.round(report.seconds() * 1000) / 1000.0);
      resident.add(ProcessMemory.residentBytes() / GIB);
      metrics.add(report.metrics());
      console
          .err()
          .printf("step %d of %d: %.1f s%n", report.step(), report.maxSteps(), report.seconds());
    }

    /** From the plan to the first step: reference, optimizer, files. */
    double referenceSeconds() {
      return beforeFirstStep;
    }
  }
}
