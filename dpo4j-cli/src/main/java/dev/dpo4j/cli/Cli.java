/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.chat.ChatCommand;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ConfigCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubAccess;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.Program;
import dev.dpo4j.cli.command.Version;
import dev.dpo4j.cli.completion.CompletionCommand;
import dev.dpo4j.cli.data.DataCommand;
import dev.dpo4j.cli.data.DataDoctorCommand;
import dev.dpo4j.cli.data.DataInspectCommand;
import dev.dpo4j.cli.data.TemplateCommand;
import dev.dpo4j.cli.demo.DemoCommand;
import dev.dpo4j.cli.generate.GenerateCommand;
import dev.dpo4j.cli.generate.ServeCommand;
import dev.dpo4j.cli.hub.HubCommand;
import dev.dpo4j.cli.hub.HubDownloadCommand;
import dev.dpo4j.cli.hub.HubLoginCommand;
import dev.dpo4j.cli.hub.HubLogoutCommand;
import dev.dpo4j.cli.hub.HubLsCommand;
import dev.dpo4j.cli.hub.HubPushCommand;
import dev.dpo4j.cli.hub.HubWhoamiCommand;
import dev.dpo4j.cli.judge.JudgeCommand;
import dev.dpo4j.cli.judge.SynthCommand;
import dev.dpo4j.cli.lab.ExplainCommand;
import dev.dpo4j.cli.lab.LabBanditCommand;
import dev.dpo4j.cli.lab.LabCommand;
import dev.dpo4j.cli.lab.LabPpoCommand;
import dev.dpo4j.cli.lab.LabTokensCommand;
import dev.dpo4j.cli.lab.noise.LabNoiseCommand;
import dev.dpo4j.cli.lab.scale.LabScaleCommand;
import dev.dpo4j.cli.label.LabelCommand;
import dev.dpo4j.cli.label.LabelExportCommand;
import dev.dpo4j.cli.label.LabelReportCommand;
import dev.dpo4j.cli.launch.LaunchCommand;
import dev.dpo4j.cli.machine.BenchCommand;
import dev.dpo4j.cli.machine.DoctorCommand;
import dev.dpo4j.cli.model.EvalCommand;
import dev.dpo4j.cli.model.ExportCommand;
import dev.dpo4j.cli.model.LogpsCommand;
import dev.dpo4j.cli.model.MergeCommand;
import dev.dpo4j.cli.model.ScoreCommand;
import dev.dpo4j.cli.sweep.SweepCommand;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.cli.train.CpoCommand;
import dev.dpo4j.cli.train.DpoCommand;
import dev.dpo4j.cli.train.GrpoCommand;
import dev.dpo4j.cli.train.KtoCommand;
import dev.dpo4j.cli.train.OnlineDpoCommand;
import dev.dpo4j.cli.train.OrpoCommand;
import dev.dpo4j.cli.train.PpoCommand;
import dev.dpo4j.cli.train.ReportCommand;
import dev.dpo4j.cli.train.RewardCommand;
import dev.dpo4j.cli.train.RlooCommand;
import dev.dpo4j.cli.train.SftCommand;
import dev.dpo4j.cli.train.StudioCommand;
import dev.dpo4j.cli.train.VerifyCommand;
import dev.dpo4j.config.value.EditDistance;
import dev.dpo4j.config.value.Secrets;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The commands, and what happens around each of them. */
@Command(
    name = "dpo4j",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = false,
    description = {
      "Preference fine-tuning (DPO) of language models on the JVM.",
      "",
      "Reads a Hugging Face model and rows of {prompt, chosen, rejected}, from folders "
          + "or from the Hub by name, trains, and writes a Hugging Face model folder."
    },
    footer = {
      "",
      "dpo4j COMMAND --help lists the keys of a command. Results go to stdout, logs to "
          + "stderr. Exit codes: 0 done, 1 failure, 2 usage or configuration, 3 data, 4 model "
          + "or Hub, 5 below a threshold, 6 another rank of the run failed, 75 terminated with a "
          + "checkpoint, 130 interrupted."
    })
final class Cli implements Runnable, HubAccess {
  /** Commands that speak of all others. */
  private static final Set<String> OF_ALL = Set.of("help", "completion");

  private final Console console;
  private final HubNames names;
  private final CommandLine commands;
  private final Map<String, Supplier<CommandLine>> offers = new LinkedHashMap<>();

  /** Offers the commands; those that train look at the interruption after every step. */
  Cli(Console console, Interruption interruption) {
    this(console, interruption, System.getenv());
  }

  /** Offers the commands with another environment for the Hub and for keys of endpoints. */
  Cli(Console console, Interruption interruption, Map<String, String> environment) {
    this.console = console;
    this.names = new HubNames(console, environment);
    this.commands = new CommandLine(this);
    offer(interruption, environment);
  }

  /**
   * Names the commands; each is made when it is needed, which takes most of the time of a start.
   */
  private void offer(Interruption interruption, Map<String, String> environment) {
    offers.put("demo", () -> new DemoCommand(console, interruption).commandLine());
    offers.put("dpo", () -> new DpoCommand(console, interruption).commandLine());
    offers.put("sft", () -> new SftCommand(console, interruption).commandLine());
    offers.put("kto", () -> new KtoCommand(console, interruption).commandLine());
    offers.put("ppo", () -> new PpoCommand(console, interruption, environment).commandLine());
    offers.put("reward", () -> new RewardCommand(console, interruption).commandLine());
    offers.put("grpo", () -> new GrpoCommand(console, interruption, environment).commandLine());
    offers.put("rloo", () -> new RlooCommand(console, interruption, environment).commandLine());
    offers.put(
        "online_dpo", () -> new OnlineDpoCommand(console, interruption, environment).commandLine());
    offers.put("orpo", () -> new OrpoCommand(console, interruption).commandLine());
    offers.put("cpo", () -> new CpoCommand(console, interruption).commandLine());
    offers.put("sweep", () -> SweepCommand.all(console, interruption));
    offers.put("launch", () -> new LaunchCommand(console, interruption, environment).commandLine());
    offers.put("config", () -> new CommandLine(new ConfigCommand(console)));
    offers.put("explain", () -> new ExplainCommand(console).commandLine());
    offers.put("generate", () -> new GenerateCommand(console).commandLine());
    offers.put("chat", () -> new ChatCommand(console).commandLine());
    offers.put("serve", () -> new ServeCommand(console, interruption, environment).commandLine());
    offers.put("judge", () -> new JudgeCommand(console, interruption, environment).commandLine());
    offers.put("synth", () -> new SynthCommand(console, interruption, environment).commandLine());
    offers.put("eval", () -> new EvalCommand(console).commandLine());
    offers.put("logps", () -> new LogpsCommand(console).commandLine());
    offers.put("score", () -> new ScoreCommand(console).commandLine());
    offers.put("merge", () -> new MergeCommand(console).commandLine());
    offers.put("export", () -> new ExportCommand(console).commandLine());
    offers.put("data", () -> dataCommands());
    offers.put("hub", () -> hubCommands());
    offers.put(
        "label",
        () ->
            new LabelCommand(console)
                .commandLine()
                .addSubcommand(new LabelReportCommand(console).commandLineBelow("label"))
                .addSubcommand(new LabelExportCommand(console).commandLineBelow("label")));
    offers.put(
        "lab",
        () ->
            new CommandLine(new LabCommand())
                .addSubcommand(new LabBanditCommand(console).commandLineBelow("lab"))
                .addSubcommand(new LabPpoCommand(console, interruption).commandLineBelow("lab"))
                .addSubcommand(new LabScaleCommand(console).commandLineBelow("lab"))
                .addSubcommand(new LabTokensCommand(console).commandLineBelow("lab"))
                .addSubcommand(new LabNoiseCommand(console, interruption).commandLineBelow("lab")));
    offers.put("template", () -> new TemplateCommand(console).commandLine());
    offers.put("bench", () -> new BenchCommand(console, interruption).commandLine());
    offers.put("report", () -> new ReportCommand(console).commandLine());
    offers.put("studio", () -> new StudioCommand(console, environment).commandLine());
    offers.put("verify", () -> new VerifyCommand(console).commandLine());
    offers.put("doctor", () -> new DoctorCommand(console).commandLine());
    offers.put("completion", () -> new CommandLine(new CompletionCommand(console)));
    offers.put("help", () -> new CommandLine(new CommandLine.HelpCommand()));
  }

  /** Makes the command that an argument names, or all of them where that is not enough. */
  private void make(String first) {
    if (first.equals("--version") || first.equals("-V")) {
      configure();
    } else if (offers.containsKey(first) && !OF_ALL.contains(first)) {
      commands.addSubcommand(first, offers.get(first).get());
      configure();
    } else {
      makeAll();
    }
  }

  private CommandLine makeAll() {
    offers.forEach(
        (name, command) -> {
          if (!commands.getSubcommands().containsKey(name)) {
            commands.addSubcommand(name, command.get());
          }
        });
    configure();
    return commands;
  }

  private void configure() {
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setUsageHelpWidth(BoundCommand.HELP_WIDTH);
    commands.setColorScheme(scheme(console.terminal()));
    commands.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    commands.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    commands.setParameterExceptionHandler(this::wrongUsage);
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> Failures.report(failure, console).code());
  }

  private CommandLine dataCommands() {
    return new CommandLine(new DataCommand())
        .addSubcommand(new DataInspectCommand(console).commandLineBelow("data"))
        .addSubcommand(new DataDoctorCommand(console).commandLineBelow("data"));
  }

  private CommandLine hubCommands() {
    return new CommandLine(new HubCommand())
        .addSubcommand(new HubDownloadCommand(console).commandLineBelow("hub"))
        .addSubcommand(new HubLsCommand(console).commandLineBelow("hub"))
        .addSubcommand(new HubPushCommand(console).commandLineBelow("hub"))
        .addSubcommand(new HubLoginCommand(console).commandLineBelow("hub"))
        .addSubcommand(new HubWhoamiCommand(console).commandLineBelow("hub"))
        .addSubcommand(new HubLogoutCommand(console).commandLineBelow("hub"));
  }

  @Override
  public HubNames names() {
    return names;
  }

  private static ColorScheme scheme(Terminal terminal) {
    return CommandLine.Help.defaultColorScheme(terminal.color() ? Ansi.ON : Ansi.OFF);
  }

  /** Runs a command and returns its exit code; whatever is thrown becomes a message and a code. */
  int execute(String... arguments) {
    try {
      if (isUnknown(arguments)) {
        console.err().println("error: " + Secrets.mask(unknown(arguments[0])));
        console.err().println("hint: " + Program.name() + " --help");
        return ExitCode.USAGE.code();
      }
      if (commands.getSubcommands().isEmpty()) {
        make(arguments.length == 0 ? "" : arguments[0]);
      } else {
        makeAll(); // A second call may name another command.
      }
      return commands.execute(arguments);
    } catch (Error e) { // picocli hands on exceptions only.
      return Failures.report(e, console).code();
    }
  }

  /**
   * Whether the first word names no command: known before any command is made, which takes long.
   */
  private boolean isUnknown(String... arguments) {
    return arguments.length > 0
        && !offers.containsKey(arguments[0])
        && !arguments[0].isEmpty()
        && "-@".indexOf(arguments[0].charAt(0)) < 0;
  }

  private String unknown(String word) {
    String meant = NearCommands.meaningOf(word);
    if (meant.isEmpty()) {
      meant = EditDistance.nearest(word, offers.keySet()).orElse("");
    }
    return "unknown command " + word + (meant.isEmpty() ? "" : "; did you mean " + meant + "?");
  }

  /** Returns the names of all commands that do something, those below others behind them. */
  List<String> commandNames() {
    return makeAll().getSubcommands().entrySet().stream()
        .flatMap(
            entry -> {
              Set<String> below = entry.getValue().getSubcommands().keySet();
              boolean works = below.isEmpty() || entry.getValue().getCommand() instanceof Callable;
              return Stream.concat(
                  works ? Stream.of(entry.getKey()) : Stream.empty(),
                  below.stream().map(name -> entry.getKey() + " " + name));
            })
        .toList();
  }

  /** Without a command, the help is what was wanted. */
  @Override
  public void run() {
    commands.usage(commands.getErr());
    throw new ParameterException(commands, "a command is missing; they are listed above");
  }

  private int wrongUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    console.err().println("error: " + Secrets.mask(describe(e)));
    console.err().println("hint: " + usage(command));
    return ExitCode.USAGE.code();
  }

  private static String usage(CommandLine command) {
    String path = command.getCommandSpec().qualifiedName();
    return Program.name()
        + path.substring(path.indexOf(' ') < 0 ? path.length() : path.indexOf(' '))
        + " --help";
  }

  private static String describe(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      String what = first.startsWith("-") ? "option " : "command or argument ";
      List<String> near = unmatched.getSuggestions();
      return "unknown "
          + what
          + first
          + (near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?");
    }
    return String.valueOf(e.getMessage());
  }
}
