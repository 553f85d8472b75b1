/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.objective.Losses;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Says what a loss is. */
@Command(
    name = "explain",
    description = {
      "Explain a loss: formula, gradient, beta, value at the first step, paper, when to "
          + "use it.",
      "",
      "Without a name it lists all losses of dpo and kto."
    })
public final class ExplainCommand extends BoundCommand<ExplainCommand.Options> {
  /** Where the texts of an explanation begin. */
  private static final int INDENT = 19;

  private final Console console;

  /** What is explained. */
  record Options(
      @Option(help = "A name of loss_type, such as sigmoid, ipo or kto; null lists all losses.")
          @Nullable String loss) {}

  public ExplainCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("LOSS", "loss"));
  }

  @Override
  protected ExitCode run(Options options) {
    String loss = options.loss();
    console.out().print(loss == null ? list(console.terminal().width()) : text(loss));
    console.out().flush();
    return ExitCode.DONE;
  }

  private static String list(int width) {
    Table table = Table.withHeader("loss_type", "command", "loss");
    for (LossInfo info : Losses.all()) {
      table.row(info.name(), Losses.command(info), info.formula());
    }
    return table.render(width);
  }

  private String text(String loss) {
    try {
      return wrap(Losses.find(loss).explain(), console.terminal().width());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(new Fault("", "", String.valueOf(e.getMessage())));
    }
  }

  /** Breaks lines at words; what follows stands under the texts, right of their headings. */
  public static String wrap(String text, int columns) {
    StringBuilder wrapped = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      String rest = line;
      while (rest.length() > columns && rest.lastIndexOf(' ', columns) > INDENT) {
        int cut = rest.lastIndexOf(' ', columns);
        wrapped.append(rest, 0, cut).append('\n');
        rest = " ".repeat(INDENT) + rest.substring(cut + 1);
      }
      wrapped.append(rest).append('\n');
    }
    return wrapped.substring(0, wrapped.length() - 1);
  }
}
