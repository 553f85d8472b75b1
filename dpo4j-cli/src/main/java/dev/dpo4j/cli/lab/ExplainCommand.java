/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.objective.Losses;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a loss is. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description = {
      "Explain a loss: formula, gradient, beta, value at the first step, paper, when to "
          + "use it.",
      "",
      "Without a name it lists all losses of dpo and kto."
    })
public final class ExplainCommand implements Callable<Integer> {
  /** Where the texts of an explanation begin. */
  private static final int INDENT = 19;

  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "LOSS",
      description = "A name of loss_type, such as sigmoid, ipo or kto.")
  private @Nullable String name;

  public ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().print(name == null ? list(console.terminal().width()) : text(name));
    console.out().flush();
    return ExitCode.DONE.code();
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
      if (spec == null) {
        throw e;
      }
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
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
