/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.completion;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.config.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What can be typed: the commands with their options, as a shell has to know them.
 *
 * @param path the words of the command, such as {@code data inspect}; empty for the program
 * @param help one line about it
 * @param options what can follow it
 * @param below the commands below it
 */
record CompletionTree(
    String path, String help, List<CompletionOption> options, List<CompletionTree> below) {

  /**
   * An option.
   *
   * @param name with its dashes
   * @param help one line about it
   * @param values the values that it takes, empty for any text or path
   */
  record CompletionOption(String name, String help, List<String> values) {}

  /** Reads the commands. */
  static CompletionTree of(CommandLine program) {
    return of(program, "");
  }

  private static CompletionTree of(CommandLine command, String path) {
    List<CompletionTree> below =
        command.getSubcommands().entrySet().stream()
            .map(entry -> of(entry.getValue(), (path + " " + entry.getKey()).strip()))
            .toList();
    String[] description = command.getCommandSpec().usageMessage().description();
    List<CompletionOption> options = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.longestName().startsWith("--") && !option.hidden()) {
        options.add(
            new CompletionOption(
                option.longestName(), line(String.join(" ", option.description())), List.of()));
      }
    }
    if (command.getCommand() instanceof BoundCommand<?> bound) {
      bound.allKeys().forEach(key -> options.add(option(key)));
    }
    return new CompletionTree(
        path, line(description.length == 0 ? "" : description[0]), options, below);
  }

  private static CompletionOption option(Key key) {
    return new CompletionOption("--" + key.name(), line(key.help()), key.values());
  }

  /** The first sentence, in letters that need no quoting in a shell. */
  private static String line(String text) {
    String first = text.replaceFirst("(?s)(\\.\\s|:\\s|;\\s|\n).*", "");
    return first.replaceAll("[^A-Za-z0-9 .,/_{}()=+-]", "").replaceAll("\\.$", "").strip();
  }

  /** This command and all below it, each before those below it. */
  Stream<CompletionTree> all() {
    return Stream.concat(Stream.of(this), below.stream().flatMap(CompletionTree::all));
  }

  /** The last word of the path. */
  String word() {
    return path.substring(path.lastIndexOf(' ') + 1);
  }
}
