/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
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
          + "or Hub, 75 terminated with a checkpoint, 130 interrupted."
    })
final class Cli implements Runnable {
  /** Columns of every help. */
  static final int HELP_WIDTH = 80;

  private final Console console;
  private final HubNames names;
  private final CommandLine commands;

  /** Offers the commands; those that train look at the interruption after every step. */
  Cli(Console console, Interruption interruption) {
    this(console, interruption, System.getenv());
  }

  /** Offers the commands with another environment for the Hub and for keys of endpoints. */
  Cli(Console console, Interruption interruption, Map<String, String> environment) {
    this.console = console;
    this.names = new HubNames(console, environment);
    this.commands = new CommandLine(this);
    commands.addSubcommand(new DemoCommand(console, interruption));
    commands.addSubcommand(new DpoCommand(console, interruption).commandLine());
    commands.addSubcommand(new SftCommand(console, interruption).commandLine());
    commands.addSubcommand(new KtoCommand(console, interruption).commandLine());
    commands.addSubcommand(new ExplainCommand(console));
    commands.addSubcommand(new GenerateCommand(console).commandLine());
    commands.addSubcommand(new JudgeCommand(console, interruption, environment).commandLine());
    commands.addSubcommand(new SynthCommand(console, interruption, environment).commandLine());
    commands.addSubcommand(new LogpsCommand(console).commandLine());
    commands.addSubcommand(new MergeCommand(console).commandLine());
    commands.addSubcommand(dataCommands());
    commands.addSubcommand(hubCommands());
    commands.addSubcommand(
        new LabelCommand(console)
            .commandLine()
            .addSubcommand(new LabelReportCommand(console).commandLine())
            .addSubcommand(new LabelExportCommand(console).commandLine()));
    commands.addSubcommand(
        new CommandLine(new LabCommand()).addSubcommand(new LabBanditCommand(console)));
    commands.addSubcommand(new TemplateCommand(console));
    commands.addSubcommand(new BenchCommand(console, interruption).commandLine());
    commands.addSubcommand(new VerifyCommand(console));
    commands.addSubcommand(new DoctorCommand(console));
    commands.addSubcommand(new CompletionCommand(console));
    commands.addSubcommand(new CommandLine.HelpCommand());
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setUsageHelpWidth(HELP_WIDTH);
    commands.setColorScheme(scheme(console.terminal()));
    commands.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    commands.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    commands.setParameterExceptionHandler(this::wrongUsage);
    commands.setExecutionExceptionHandler(
        (failure, command, parsed) -> Failures.report(failure, console).code());
  }

  private CommandLine dataCommands() {
    return new CommandLine(new DataCommand())
        .addSubcommand(new DataInspectCommand(console).commandLine())
        .addSubcommand(new DataDoctorCommand(console).commandLine());
  }

  private CommandLine hubCommands() {
    return new CommandLine(new HubCommand())
        .addSubcommand(new HubDownloadCommand(console, names))
        .addSubcommand(new HubLsCommand(console, names))
        .addSubcommand(new HubPushCommand(console, names))
        .addSubcommand(new HubLoginCommand(console, names))
        .addSubcommand(new HubWhoamiCommand(console, names))
        .addSubcommand(new HubLogoutCommand(console, names));
  }

  /** Returns what turns names on the Hub into folders. */
  HubNames names() {
    return names;
  }

  private static ColorScheme scheme(Terminal terminal) {
    return CommandLine.Help.defaultColorScheme(terminal.color() ? Ansi.ON : Ansi.OFF);
  }

  /** Runs a command and returns its exit code; whatever is thrown becomes a message and a code. */
  int execute(String... arguments) {
    try {
      return commands.execute(arguments);
    } catch (
        Error e) { // picocli hands on exceptions only; an Error must not leave a thread behind.
      return Failures.report(e, console).code();
    }
  }

  /** Returns the names of all commands that do something, those below others behind them. */
  List<String> commandNames() {
    return commands.getSubcommands().entrySet().stream()
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
    throw new ParameterException(commands, "which command?");
  }

  private int wrongUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    console.err().println("error: " + describe(e));
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
      boolean root = e.getCommandLine().getParent() == null;
      String meant = root ? NearCommands.meaningOf(first) : "";
      if (!meant.isEmpty()) {
        return "unknown command " + first + "; did you mean " + meant + "?";
      }
      List<String> near = unmatched.getSuggestions();
      return "unknown "
          + what
          + first
          + (near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?");
    }
    return String.valueOf(e.getMessage());
  }
}
