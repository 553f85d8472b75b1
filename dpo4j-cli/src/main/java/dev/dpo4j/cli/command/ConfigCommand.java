/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.api.rl.RlooConfig;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.recipe.Recipes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Shows what a configuration file of any tool means here, or writes a first one. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = {
      "Print a configuration file of TRL, alignment-handbook, LLaMA-Factory or axolotl as one of "
          + "dpo4j, with what became of its keys; or a commented file to start from.",
      "",
      "Further arguments are keys, as in dpo: they win over the file. Nothing is downloaded and "
          + "nothing is trained."
    })
public final class ConfigCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "The configuration file.")
  private @Nullable Path file;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description =
          "dpo, sft, kto, orpo, cpo, reward, grpo, rloo or online_dpo; found by the keys of the file where not given.")
  private @Nullable String method;

  @Option(
      names = "--new",
      paramLabel = "KIND",
      description = "Print a commented file to start from: dpo, sft, kto, reward or lora.")
  private @Nullable String kind;

  @Unmatched private List<String> arguments = new ArrayList<>();

  public ConfigCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String wanted = kind;
    Path given = file;
    if (wanted != null) {
      console.out().print(StartingFile.of(wanted));
      return ExitCode.DONE.code();
    }
    if (given == null) {
      throw fault("", "expected a file, or --new dpo, sft, kto, reward or lora");
    }
    if (!Files.exists(given)) {
      throw fault("", "no such file: " + given);
    }
    print(given);
    return ExitCode.DONE.code();
  }

  private void print(Path given) {
    List<Setting> settings = YamlSource.read(given);
    List<Setting> flags = new ArrayList<>(FlagSource.parse(arguments));
    RecipeMethod found = method == null ? Recipes.methodOf(settings) : methodNamed(method);
    console.out().println("# " + given + ", for dpo4j " + found.command());
    switch (found) {
      case DPO, ORPO, CPO -> print(DpoConfig.binder(found), settings, flags);
      case SFT -> print(SftConfig.binder(), settings, flags);
      case KTO -> print(KtoConfig.binder(), settings, flags);
      case REWARD -> print(RewardConfig.binder(), settings, flags);
      case GRPO -> print(GrpoConfig.binder(), settings, flags);
      case RLOO -> print(RlooConfig.binder(), settings, flags);
      case ONLINE_DPO -> print(OnlineDpoConfig.binder(), settings, flags);
    }
  }

  private <T extends Record> void print(
      Binder<T> binder, List<Setting> settings, List<Setting> flags) {
    Translation translation =
        binder.translate(List.of(settings, flags), CommandKeys.of(binder.keys(), true, true));
    List<Setting> command = new ArrayList<>();
    CommandKeys.Taken taken =
        CommandKeys.take(binder.keys(), true, true, copyInto(command, translation, binder));
    Bound<T> bound = taken.bind(binder, List.of(), List.of());
    NoteText.of(bound.notes()).forEach(line -> console.out().println("# " + line));
    console.out().print(binder.toYaml(bound.value(), bound.origins().keySet()));
    if (!command.isEmpty()) {
      console.out().println("\n# Of the command line");
      command.forEach(
          setting -> console.out().println(setting.key() + ": " + Binder.yaml(setting.value())));
    }
  }

  /** Notes the keys that the record does not have, before they are taken out. */
  private static <T extends Record> Translation copyInto(
      List<Setting> command, Translation translation, Binder<T> binder) {
    for (List<Setting> source : translation.sources()) {
      for (Setting setting : source) {
        String name = setting.key().replace('-', '_');
        boolean own = binder.keys().stream().anyMatch(key -> key.name().equals(name));
        boolean further =
            CommandKeys.of(binder.keys(), true, true).stream()
                .anyMatch(key -> key.name().equals(name));
        if (!own && further) {
          command.add(setting);
        }
      }
    }
    return translation;
  }

  private static RecipeMethod methodNamed(String name) {
    for (RecipeMethod one : RecipeMethod.values()) {
      if (one.command().equals(name.toLowerCase(Locale.ROOT))) {
        return one;
      }
    }
    throw fault(
        "method",
        "must be one of "
            + Arrays.stream(RecipeMethod.values())
                .map(RecipeMethod::command)
                .collect(Collectors.joining(", "))
            + " but was "
            + name);
  }

  private static ConfigException fault(String key, String message) {
    return new ConfigException(new Fault(key, "", message));
  }
}
