/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.completion;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete commands, options and values. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Print a script that completes commands, options and values in your shell.",
      "",
      "bash: source <(dpo4j completion bash)",
      "zsh:  source <(dpo4j completion zsh)",
      "fish: dpo4j completion fish | source",
      "",
      "Put the line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish to keep it."
    })
public final class CompletionCommand implements Callable<Integer> {
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private String shell = "";

  public CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandSpec own = Objects.requireNonNull(spec);
    CompletionTree tree = CompletionTree.of(own.root().commandLine());
    String script =
        switch (shell) {
          case "bash" -> CompletionScript.bash(tree);
          case "zsh" -> CompletionScript.zsh(tree);
          case "fish" -> CompletionScript.fish(tree);
          default ->
              throw new ParameterException(
                  own.commandLine(), "SHELL must be bash, zsh or fish but was \"" + shell + "\"");
        };
    console.out().print(script);
    return ExitCode.DONE.code();
  }
}
