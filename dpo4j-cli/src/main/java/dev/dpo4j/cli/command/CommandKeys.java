/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Bound;
import dev.dpo4j.config.Key;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keys that concern the command line alone, so that no configuration of a run holds them.
 *
 * @param hub what was asked of the Hub
 * @param recipe what was said about the file and the kind of run
 * @param language the language that was asked for; null for none
 * @param notes what became of these keys
 */
record CommandKeys(HubKeys hub, RecipeOptions recipe, @Nullable String language, List<Note> notes) {
  private static final Binder<LanguageOptions> LANGUAGE = Binder.of(LanguageOptions.class);

  CommandKeys {
    notes = List.copyOf(notes);
  }

  /** Returns the keys that a command takes beside its own. */
  static List<Key> of(List<Key> own, boolean trains, boolean speaks) {
    List<Key> keys = new ArrayList<>(HubKeys.keys(names(own), trains));
    if (trains) {
      keys.addAll(RecipeOptions.BINDER.keys());
    }
    if (speaks) {
      keys.addAll(LANGUAGE.keys());
    }
    List<String> names = names(own);
    keys.removeIf(key -> names.contains(key.name()));
    return keys;
  }

  private static List<String> names(List<Key> keys) {
    return keys.stream().map(Key::name).toList();
  }

  /** Takes the keys out of the settings, and binds them; faults are kept for later. */
  static Taken take(List<Key> own, boolean trains, boolean speaks, Translation translation) {
    Binding binding = new Binding(names(own), translation.sources());
    HubKeys hub = HubKeys.bind(names(own), trains, binding);
    RecipeOptions recipe =
        trains ? binding.take(RecipeOptions.BINDER, RecipeOptions.NONE) : RecipeOptions.NONE;
    @Nullable String language =
        speaks ? binding.take(LANGUAGE, new LanguageOptions(null)).lang() : null;
    List<Fault> faults = new ArrayList<>(translation.faults());
    faults.addAll(binding.faults);
    return new Taken(
        new CommandKeys(hub, recipe, language, binding.notes),
        new Translation(translation.sources(), translation.notes(), faults));
  }

  /** The keys of the command line, and what is left for the record. */
  record Taken(CommandKeys keys, Translation left) {
    /** Binds the record; {@code here} wins over everything. */
    <T extends Record> Bound<T> bind(
        Binder<T> binder, Collection<String> needed, List<Setting> here) {
      List<List<Setting>> all = new ArrayList<>(left.sources());
      all.add(here);
      return binder.bind(needed, new Translation(all, left.notes(), left.faults()));
    }
  }

  /** Binds one record after the other from the same settings. */
  static final class Binding {
    private final List<String> own;
    private final List<List<Setting>> sources;
    private final List<Fault> faults = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();

    private Binding(List<String> own, List<List<Setting>> sources) {
      this.own = own;
      this.sources = sources;
    }

    /** Takes the keys of a record out of the settings; with faults the record is {@code none}. */
    <T extends Record> T take(Binder<T> binder, T none) {
      Set<String> keys = binder.keys().stream().map(Key::name).collect(Collectors.toSet());
      own.forEach(keys::remove);
      List<List<Setting>> taken = new ArrayList<>();
      for (List<Setting> source : sources) {
        List<Setting> some =
            source.stream()
                .filter(setting -> keys.contains(setting.key().replace('-', '_')))
                .toList();
        source.removeAll(some);
        taken.add(some);
      }
      try {
        Bound<T> bound = binder.bind(List.<String>of(), taken);
        notes.addAll(bound.notes());
        return bound.value();
      } catch (ConfigException e) {
        faults.addAll(e.faults());
        return none;
      }
    }
  }
}
