/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.api.Generator;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.CommandFailure;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.config.Binder;
import dev.dpo4j.generate.EngineThread;
import dev.dpo4j.io.OwnedResources;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** Lets a person talk with a model. */
@Command(
    name = "chat",
    description = {
      "Talk with a model, or with two of them side by side.",
      "",
      "Answers appear while they are made; /help lists what you can say beside questions. "
          + "Through a pipe each line is a question."
    })
public final class ChatCommand extends BoundCommand<ChatOptions> {
  private final Console console;
  private final Supplier<LineSource> source;
  private final boolean person;

  public ChatCommand(Console console) {
    this(console, Terminal.hasTerminal(), System.in);
  }

  private ChatCommand(Console console, boolean person, InputStream in) {
    this(console, person, () -> person ? TerminalLines.open() : new PipedLines(in));
  }

  ChatCommand(Console console, boolean person, Supplier<LineSource> source) {
    super(Binder.of(ChatOptions.class), "model_name_or_path");
    this.console = console;
    this.person = person;
    this.source = source;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("MODEL", "model_name_or_path"));
  }

  @Override
  protected ExitCode run(ChatOptions options) throws Exception {
    if (options.preferences() != null) {
      ChatSession.requirePreferences(options.preferences());
    }
    EngineRoute.choose(options.device());
    ComputeOptions compute = Precision.of(options.precision());
    List<String> names = new ArrayList<>();
    names.add(Objects.requireNonNull(options.modelNameOrPath()));
    if (options.refModelNameOrPath() != null) {
      names.add(options.refModelNameOrPath());
    }
    OwnedResources owned = new OwnedResources();
    EngineThread thread = EngineThread.start("dpo4j-chat");
    try {
      List<ChatVoice> voices = new ArrayList<>();
      for (String name : names) {
        voices.add(voice(name, options.packing().form(), compute, thread, owned));
      }
      try (LineSource lines = source.get()) {
        if (person) {
          console.err().println("/help lists the commands; Ctrl-D ends.");
        }
        new ChatSession(console, lines, options, voices, person).run();
      }
    } finally {
      thread.close();
      owned.close();
    }
    return ExitCode.DONE;
  }

  private static ChatVoice voice(
      String name,
      BaseForm form,
      ComputeOptions compute,
      EngineThread thread,
      OwnedResources owned) {
    LanguageModel language = LanguageModel.load(Path.of(name), form, TextChanges.NONE);
    owned.add(language);
    if (!language.chat().hasTemplate()) {
      throw new CommandFailure(
          name
              + " has no chat template, so nothing tells it who speaks. Continue plain text with"
              + " generate --apply_chat_template false");
    }
    Generator generator = Generator.on(thread, language, () -> language.compute(compute), 1);
    owned.add(generator);
    Path path = Path.of(name).toAbsolutePath().normalize().getFileName();
    return new ChatVoice(path == null ? name : path.toString(), generator);
  }
}
