/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubPushOptions;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.NoteText;
import dev.dpo4j.cli.command.RunPlaces;
import dev.dpo4j.cli.command.Version;
import dev.dpo4j.cli.hub.HubPushCommand;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.dist.Collectives;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.hub.HubUpload;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.output.ResumePoint;
import dev.dpo4j.train.output.RunTrackers;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A command that trains: it reads the data, loads the models, runs, and says how it went.
 *
 * @param <C> the configuration
 * @param <D> the tokenised data
 */
abstract class TrainCommand<C extends Record & RunConfig, D> extends BoundCommand<C> {
  private final Console console;
  private final Interruption interruption;

  TrainCommand(Binder<C> binder, Console console, Interruption interruption) {
    super(binder, "model_name_or_path", "dataset_name", "output_dir");
    this.console = console;
    this.interruption = interruption;
  }

  /** Models and data of a run; the reference and the held-out data may be missing. */
  record Inputs<D>(
      LanguageModel policy, @Nullable LanguageModel reference, D train, @Nullable D eval) {}

  /** The folder of the model that is trained. */
  abstract @Nullable String modelFolder(C config);

  /** The folder of the reference, null where the method or the run has none of its own. */
  abstract @Nullable String referenceFolder(C config);

  /** Refuses what can be seen to fail before the data are read, which may take long. */
  void lookAhead(C config) {}

  /** Loads the model that is trained. */
  LanguageModel load(Path folder, C config) {
    return config.texts().model(folder, config.peft().base());
  }

  /** What to do with the result: a command, after a run that was not stopped. */
  List<String> next(Path output) {
    return List.of("generate", "--model_name_or_path", output.toString(), "--prompt", "Hello");
  }

  /** Reads and tokenises data. */
  abstract D read(ChatTokenizer tokenizer, C config, DataSource source);

  /** What became of the rows. */
  abstract DataReport report(D data);

  /** Shows how many rows are tokenised; a signal ends the process by itself. */
  final IntPredicate watch() {
    StatusLine line = new StatusLine(console, Clock.systemUTC());
    return rows -> {
      line.count(rows, "rows tokenised");
      return false;
    };
  }

  /** Trains and writes the output folder. */
  abstract TrainResult train(Inputs<D> inputs, C config, RunHooks hooks);

  /** Foretells the run without computing or writing anything. */
  abstract RunPlan plan(Inputs<D> inputs, C config);

  /** Tokenised data; those to evaluate on may be missing. */
  private record Rows<D>(D train, @Nullable D eval) {}

  @Override
  protected final ExitCode run(C config) throws IOException {
    if (recipe().dryRun()) {
      return foretell(config);
    }
    Path output = Objects.requireNonNull(config.output().outputDir());
    Ranks place = Ranks.fromEnvironment(System.getenv());
    if (place.rank() > 0) {
      return run(output, config, place);
    }
    // From here on nobody else writes there; what is refused below leaves it as it was.
    try (OwnerLock owner = RunPlaces.own(output)) {
      prepare(output, config, place);
      return run(output, config, place);
    }
  }

  private ExitCode run(Path output, C config, Ranks place) {
    // A card that cannot be used is told before anything is read, or made on the Hub.
    EngineRoute.choose(config.device(), place);
    // What would make the upload fail after hours of training is found out first.
    @Nullable HubUpload upload = place.rank() > 0 ? null : upload(output);
    config.loop().checkProcessor();
    RunTrackers.require(config.output());
    interruption.prepare();
    Path model = Path.of(Objects.requireNonNull(modelFolder(config)));
    Rows<D> rows = rows(model, config, place.rank() == 0);
    if (place.isSeveral()) {
      Duration timeout = Duration.ofSeconds(config.loop().ddpTimeout());
      try (Collectives ranks = Collectives.open(place, timeout)) {
        agree(config, ranks);
        return run(output, config, rows, upload, ranks);
      }
    }
    return run(output, config, rows, upload, Collectives.single());
  }

  private void agree(C config, Collectives ranks) {
    ranks.agree("version", Version.own(), "install the same version on all machines");
    ranks.agree(
        "configuration", config.toYaml(), "start all processes with the same command and file");
  }

  private ExitCode run(
      Path output, C config, Rows<D> rows, @Nullable HubUpload upload, Collectives ranks) {
    Path folder = Path.of(Objects.requireNonNull(modelFolder(config)));
    // From here on there is something to save.
    interruption.listen();
    @Nullable String second = referenceFolder(config);
    RunProgress progress = new RunProgress(console, Clock.systemUTC());
    try (LanguageModel policy = load(folder, config);
        @Nullable LanguageModel reference =
            second == null ? null : config.texts().reference(Path.of(second))) {
      Inputs<D> inputs = new Inputs<>(policy, reference, rows.train(), rows.eval());
      if (!ranks.leads()) {
        RunHooks quiet = RunHooks.of(new QuietListener(), interruption::requested);
        TrainResult result = train(inputs, config, quiet.among(ranks));
        return result.stopped() ? interruption.exitCode() : ExitCode.DONE;
      }
      TrainResult result = trainAndReport(inputs, config, progress, output, ranks);
      console.out().print(summary(config, output, progress, result));
      if (upload != null) {
        push(upload, output, result.stopped());
      }
      return result.stopped() ? interruption.exitCode() : ExitCode.DONE;
    } catch (RuntimeException e) {
      ranks.fail(String.valueOf(e.getMessage()));
      throw e;
    } finally {
      progress.finish();
    }
  }

  /** Trains; what a run that failed has logged is worth a page, too. */
  private TrainResult trainAndReport(
      Inputs<D> inputs, C config, RunProgress progress, Path output, Collectives ranks) {
    try {
      return train(inputs, config, RunHooks.of(progress, interruption::requested).among(ranks));
    } finally {
      progress.finish();
      if (progress.begun()) { // A folder that was refused stays as it was.
        EndReport.write(output, language(), console);
        new TrackerLines(console).atEnd(output, config.output());
      }
    }
  }

  /** The data are read before the weights: their faults are the commonest, and show at once. */
  private Rows<D> rows(Path folder, C config, boolean tells) {
    try (HfTokenizer tokenizer = config.texts().tokenizer(folder)) {
      lookAhead(config);
      @Nullable String template = recipe().template();
      if (template != null) {
        TemplateCheck.check(template, tokenizer.chat(), folder);
      }
      return new Rows<>(
          readAndReport(tokenizer, config, config.trainSource(), tells),
          evaluation(tokenizer, config, tells));
    }
  }

  /** Reads all that a run would read, and stops before it. */
  private ExitCode foretell(C config) {
    Path folder = Path.of(Objects.requireNonNull(modelFolder(config)));
    EngineRoute.choose(config.device());
    Rows<D> rows = rows(folder, config, true);
    @Nullable String second = referenceFolder(config);
    try (LanguageModel policy = load(folder, config);
        @Nullable LanguageModel reference =
            second == null ? null : config.texts().reference(Path.of(second))) {
      Inputs<D> inputs = new Inputs<>(policy, reference, rows.train(), rows.eval());
      RunPlan plan = plan(inputs, config);
      console.err().print(RunProgress.describe(plan, console.terminal().width()));
      console.err().print(new RunForecast(plan, config, policy).text());
      console.err().println("dry run: nothing was trained, nothing was written");
      console.out().print(config.toYaml());
      return ExitCode.DONE;
    }
  }

  private String summary(C config, Path output, RunProgress progress, TrainResult result) {
    boolean resumable =
        config.save().saveStrategy() != SaveStrategy.NO && !config.save().saveOnlyModel();
    return new RunSummary(output, language(), console.terminal().textWidth())
        .of(progress.phase(result), progress.phases(), resumable, next(output));
  }

  @Override
  protected final boolean speaks() {
    return true;
  }

  @Override
  protected final void noted(List<Note> notes) {
    NoteText.of(notes).forEach(console.err()::println);
  }

  @Override
  protected final List<Setting> adjust(
      Bound<C> bound, List<List<Setting>> sources, List<Note> notes) {
    return DataAdjustment.of(bound, sources, notes);
  }

  @Override
  protected final boolean uploads() {
    return true;
  }

  /** Makes the repository for push_to_hub; null without it. */
  private @Nullable HubUpload upload(Path output) {
    @Nullable HubPushOptions push = hub().push();
    if (push == null || !push.pushToHub()) {
      return null;
    }
    @Nullable String id = push.hubModelId();
    String name =
        id != null ? id : String.valueOf(output.toAbsolutePath().normalize().getFileName());
    boolean hidden = Boolean.TRUE.equals(push.hubPrivateRepo());
    return names().client().upload(RepoType.MODEL, name, hidden, names().progress());
  }

  /** Uploads what the run has left; a run that was stopped goes on first. */
  private void push(HubUpload upload, Path output, boolean stopped) {
    if (stopped) {
      console.err().println("not uploaded: the run was stopped");
      return;
    }
    @Nullable HubPushOptions push = hub().push();
    @Nullable String branch = push == null ? null : push.hubRevision();
    try {
      String address =
          upload.push(
              output,
              HubPushCommand.OF_A_RUN,
              branch == null ? HubName.MAIN : branch,
              "End of training");
      console.out().println("uploaded   " + address);
    } catch (HubException e) {
      console
          .err()
          .printf(
              "the model is in %s; to upload it: dpo4j hub push %s %s%n",
              output, output, upload.name());
      throw e;
    }
  }

  private void prepare(Path output, C config, Ranks place) throws IOException {
    try {
      OutputFolder.refuseModels(
          output, Arrays.asList(path(modelFolder(config)), path(referenceFolder(config))));
      boolean overwrite = config.output().overwriteOutputDir();
      String yaml = ResumePoint.yaml(config.toYaml(), place.worldSize());
      ResumePoint.lookAhead(output, overwrite, config.save(), yaml);
    } catch (FileAlreadyExistsException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(new Fault("output_dir", output.toString(), reason));
    }
  }

  private static @Nullable Path path(@Nullable String name) {
    return name == null ? null : Path.of(name);
  }

  private D readAndReport(HfTokenizer tokenizer, C config, DataSource source, boolean tells) {
    D data = read(tokenizer.chat(), config, source);
    new StatusLine(console, Clock.systemUTC()).clear();
    if (tells) {
      console.err().println(report(data).toTable());
    }
    return data;
  }

  private @Nullable D evaluation(HfTokenizer tokenizer, C config, boolean tells) {
    if (config.eval().strategy() == Interval.NO) {
      return null;
    }
    return readAndReport(tokenizer, config, config.evaluationSource(), tells);
  }

  @Override
  protected boolean isRequired(String key, Set<String> given) {
    return RunPlaces.isRequired(key, given);
  }
}
