/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * A command whose options are the keys of a record.
 *
 * <p>picocli only finds the command: everything behind its name goes to the binder, which also
 * reads the file of {@code --config}. Flags win over the file, the file over the defaults.
 */
@Command(mixinStandardHelpOptions = true)
public abstract class BoundCommand<T extends Record> implements Callable<Integer> {
  /** Columns of every help. */
  public static final int HELP_WIDTH = 80;

  private static final Binder<LanguageOptions> LANGUAGE = Binder.of(LanguageOptions.class);

  private final Binder<T> binder;
  private final List<String> required;

  @Spec private @Nullable CommandSpec spec;

  private HubKeys hub = HubKeys.NONE;
  private RecipeOptions recipe = RecipeOptions.NONE;
  private Language language = Language.EN;

  @Unmatched private List<String> arguments = new ArrayList<>();

  protected BoundCommand(Binder<T> binder, String... required) {
    this.binder = binder;
    this.required = List.of(required);
  }

  /** Does the work; faults are thrown. */
  protected abstract ExitCode run(T options) throws Exception;

  /**
   * Returns the keys that arguments without a flag stand for, in their order; the last may be a
   * list.
   */
  protected List<Positional> positionals() {
    return List.of();
  }

  /** Returns this command for the command line, with its keys in the help. */
  public final CommandLine commandLine() {
    return commandLine("");
  }

  /**
   * The same for a command below another one.
   *
   * @param parent the name of that one
   */
  public final CommandLine commandLineBelow(String parent) {
    return commandLine(parent + " ");
  }

  private CommandLine commandLine(String parent) {
    CommandLine line = new CommandLine(this);
    line.setStopAtUnmatched(true);
    CommandSpec own = line.getCommandSpec();
    String keys =
        binder.keys().isEmpty()
            ? ""
            : "\nFlags win over --config FILE.yaml (the same keys), and that over defaults.\n\n";
    own.usageMessage()
        .customSynopsis(synopsis(parent + own.name()).split("\n", -1))
        .footer((keys + binder.help() + hubHelp()).replace("%", "%%").split("\n", -1));
    return line;
  }

  /** The keys of the record, and those that concern the command line alone. */
  public final List<Key> allKeys() {
    List<Key> keys = new ArrayList<>(binder.keys());
    if (speaks()) {
      keys.addAll(LANGUAGE.keys());
    }
    keys.addAll(CommandKeys.of(binder.keys(), uploads(), false));
    return keys;
  }

  private String hubHelp() {
    String help = HubKeys.help(binder.keys().stream().map(Key::name).toList(), uploads());
    String language = speaks() ? "\nLanguage:\n" + LANGUAGE.help() : "";
    String own = uploads() ? "\n" + RecipeOptions.BINDER.help() : "";
    return language + (help.isEmpty() ? "" : "\nHugging Face Hub:\n" + help) + own;
  }

  private String synopsis(String name) {
    StringBuilder text = new StringBuilder("dpo4j ").append(name);
    List<String> alone = new ArrayList<>();
    for (Positional one : positionals()) {
      alone.add(one.key());
      text.append(required.contains(one.key()) ? " " + one.label() : " [" + one.label() + "]");
    }
    required.stream()
        .filter(key -> !alone.contains(key))
        .forEach(key -> text.append(" --").append(key).append(" X"));
    text.append(binder.keys().isEmpty() ? "" : " [--config FILE.yaml] [--key value ...]");
    int heading = "Usage: ".length();
    return TextWidth.wrap(text.toString(), HELP_WIDTH, heading);
  }

  @Override
  public final Integer call() throws Exception {
    boolean help = arguments.contains("--help") || arguments.contains("-h");
    if (help && spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
      return ExitCode.DONE.code();
    }
    Sources sources = sources(arguments);
    take(sources.all());
    Read<T> read = read(sources);
    T options = read.bound().value();
    hub = read.keys().hub();
    recipe = read.keys().recipe();
    @Nullable String asked = read.keys().language();
    language = Language.of(asked == null ? "" : asked, names().environment());
    return run(options).code();
  }

  /** What was read of the arguments and the file. */
  private record Read<T extends Record>(Bound<T> bound, CommandKeys keys) {}

  /** Reads everything, tells all faults at once, and downloads what is named on the Hub. */
  private Read<T> read(Sources sources) {
    List<Key> own = binder.keys();
    boolean uploads = uploads();
    Translation written = binder.translate(sources.all(), CommandKeys.of(own, uploads, speaks()));
    Set<String> given = new HashSet<>();
    written.sources().forEach(part -> part.forEach(one -> given.add(one.key().replace('-', '_'))));
    List<String> needed = required.stream().filter(key -> isRequired(key, given)).toList();
    CommandKeys.Taken taken = CommandKeys.take(own, uploads, speaks(), written);
    Bound<T> bound = taken.bind(binder, needed, List.of());
    // Only what is right so far is worth a download.
    List<Setting> here =
        new ArrayList<>(
            names().localise(binder.flatten(bound.value()), bound.origins(), taken.keys().hub()));
    if (!here.isEmpty()) {
      bound = taken.bind(binder, needed, here);
    }
    List<Note> more = new ArrayList<>();
    List<Setting> adjusted = adjust(bound, taken.left().sources(), more);
    if (!adjusted.isEmpty()) {
      here.addAll(adjusted);
      bound = taken.bind(binder, needed, here);
    }
    List<Note> notes = new ArrayList<>(bound.notes());
    notes.addAll(taken.keys().notes());
    notes.addAll(more);
    if (Boolean.TRUE.equals(binder.flatten(bound.value()).get("strict")) && !notes.isEmpty()) {
      throw new ConfigException(notes.stream().map(Note::toFault).toList());
    }
    noted(notes);
    return new Read<>(bound, taken.keys());
  }

  /**
   * Takes settings out that the command binds to another record than its own.
   *
   * @param sources the settings, the weakest source first, which can be changed
   */
  protected void take(List<List<Setting>> sources) {}

  /**
   * Looks at what only the data can tell.
   *
   * @param sources the settings, from which those without effect are taken
   * @param notes takes what there is to say about it
   * @return settings that win over all others
   */
  protected List<Setting> adjust(Bound<T> bound, List<List<Setting>> sources, List<Note> notes) {
    return List.of();
  }

  /** Says what became of keys that do not stand in the record as they were written. */
  protected void noted(List<Note> notes) {}

  /** The language to speak in at the end. */
  protected final Language language() {
    return language;
  }

  /** Whether the command has an end that can be in another language. */
  protected boolean speaks() {
    return false;
  }

  /** Whether the command can upload what it makes. */
  protected boolean uploads() {
    return false;
  }

  /** What was asked of the Hub. */
  protected final HubKeys hub() {
    return hub;
  }

  /** What was said about the file and the kind of run. */
  protected final RecipeOptions recipe() {
    return recipe;
  }

  /** Turns names on the Hub into folders. */
  protected final HubNames names() {
    if (spec != null && spec.root().userObject() instanceof HubAccess access) {
      return access.names();
    }
    throw new IllegalStateException("a command works within the command line only");
  }

  /** Reads the arguments; the file of --config is weaker than they are. */
  protected final T bind(List<String> given) {
    return binder.bind(required, sources(given).all()).value();
  }

  /** The settings of the file and of the flags, which win; both can be changed. */
  private record Sources(List<Setting> file, List<Setting> flags) {
    List<List<Setting>> all() {
      return List.of(file, flags);
    }
  }

  private Sources sources(List<String> given) {
    Positional.Split split = Positional.split(given, positionals(), allKeys());
    List<Setting> flags = new ArrayList<>(split.settings());
    flags.addAll(FlagSource.parse(split.flags()));
    List<Setting> file = new ArrayList<>();
    List<Setting> others = new ArrayList<>();
    for (Setting flag : flags) {
      if (flag.key().equals("config")) {
        file.addAll(read(flag));
      } else {
        others.add(flag);
      }
    }
    return new Sources(file, others);
  }

  /** Returns whether a required key must be there beside those that are given. */
  protected boolean isRequired(String key, Set<String> given) {
    return true;
  }

  private static List<Setting> read(Setting flag) {
    if (flag.value() instanceof Value.Scalar name && name.kind() == Value.Kind.FLAG) {
      try {
        return YamlSource.read(Path.of(name.text()));
      } catch (InvalidPathException e) {
        throw new ConfigException(new Fault("config", "--config", "is not a path: " + name.text()));
      }
    }
    String found = flag.value().describe();
    throw new ConfigException(
        new Fault("config", "--config", "expected one YAML file, found " + found));
  }
}
