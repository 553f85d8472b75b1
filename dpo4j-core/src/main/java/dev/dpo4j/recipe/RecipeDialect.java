/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.Dialect;
import dev.dpo4j.config.KeyNames;
import dev.dpo4j.config.Negation;
import dev.dpo4j.config.Setting;
import dev.dpo4j.config.Translation;
import dev.dpo4j.config.Value;
import dev.dpo4j.recipe.KeyRow.Fate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites settings of TRL, alignment-handbook, LLaMA-Factory and axolotl into ours.
 *
 * <p>Each key does what its row of the {@link KeyTable} says; keys that change training and are not
 * written get the default of the tool whose file it is.
 */
public final class RecipeDialect implements Dialect {
  private static final String FORMAT_KEY = "config_format";

  private final Method method;

  /** Creates the dialect of a method of training. */
  public RecipeDialect(Method method) {
    this.method = method;
  }

  @Override
  public Translation translate(List<List<Setting>> sources, KeyNames names) {
    List<Setting> file = sources.size() > 1 ? sources.get(0) : List.of();
    List<Setting> flags = new ArrayList<>();
    sources.subList(sources.size() > 1 ? 1 : 0, sources.size()).forEach(flags::addAll);
    RecipeFormat format = Marks.find(file, flags);
    Draft draft = new Draft(method, format, names);
    file.forEach(setting -> read(draft, setting, false));
    flags.forEach(setting -> read(draft, setting, true));
    SetAside.apply(draft);
    Translations translations = Translations.of(draft);
    for (Entry entry : draft.entries()) {
      if (!entry.written().equals(entry.key()) && KeyTable.find(entry.written(), format) != null) {
        draft.translated(entry, "became " + entry.key() + ": " + Values.show(entry.value()));
      }
    }
    for (Entry entry : draft.entries()) {
      @Nullable KeyRow row = KeyTable.find(entry.key(), format);
      // A translation may have taken the entry already.
      if (row != null && entry.equals(current(draft, entry))) {
        follow(draft, entry, row, translations);
      }
    }
    translations.finish();
    return new Translation(
        List.of(draft.settings(false), draft.settings(true)), draft.notes(), draft.faults());
  }

  private static @Nullable Entry current(Draft draft, Entry entry) {
    return draft.entries().stream().filter(entry::equals).findFirst().orElse(null);
  }

  /** Gives a setting its name here; keys that nobody knows are faults. */
  private void read(Draft draft, Setting setting, boolean isFlag) {
    String name = setting.key().replace('-', '_');
    Entry entry = new Entry(name, name, setting.value(), setting.where(), isFlag);
    if (name.equals(FORMAT_KEY)) {
      return;
    }
    @Nullable KeyRow row = KeyTable.find(name, draft.format());
    if (row == null && !draft.names().isKnown(name)) {
      @Nullable Entry opposite = opposite(draft, entry);
      if (opposite == null) {
        draft.fault(entry, Hints.unknown(name, draft));
        return;
      }
      entry = opposite;
      row = KeyTable.find(entry.key(), draft.format());
    }
    if (row != null && row.fate() == Fate.RENAMED) {
      Entry renamed = entry.as(row.target(), entry.value());
      if (!draft.names().isKnown(row.target())) {
        otherMethod(draft, renamed);
        return;
      }
      entry = renamed;
    }
    draft.add(entry);
  }

  /** Reads no_key. */
  private static @Nullable Entry opposite(Draft draft, Entry entry) {
    if (!entry.key().startsWith("no_")) {
      return null;
    }
    String name = entry.key().substring(3);
    @Nullable KeyRow row = KeyTable.find(name, draft.format());
    boolean known = draft.names().isBoolean(name) || (row != null && row.isBoolean());
    @Nullable Value value = Negation.of(entry.value());
    return known && value != null ? entry.as(name, value) : null;
  }

  private void follow(Draft draft, Entry entry, KeyRow row, Translations translations) {
    switch (row.fate()) {
      case ACTS -> {
        if (!draft.names().isKnown(entry.key())) {
          otherMethod(draft, entry);
        }
      }
      case RENAMED -> throw new IllegalStateException(entry + " was to be renamed");
      case TRANSLATED -> translations.apply(entry);
      case NOTED -> {
        if (Values.isOneOf(entry.value(), row.neutral())) {
          draft.remove(entry);
        } else {
          draft.noEffect(entry, row.reason().english());
        }
      }
      case REFUSED -> {
        if (Values.isOneOf(entry.value(), row.neutral())) {
          draft.remove(entry);
        } else {
          draft.refuse(
              entry,
              "is %s, which cannot be honoured: %s"
                  .formatted(Values.show(entry.value()), row.reason().english()));
        }
      }
    }
  }

  /** A key of another method of training is an error in TRL, where each method has its own. */
  private void otherMethod(Draft draft, Entry entry) {
    if (draft.format() == RecipeFormat.TRL && !entry.isFlag() && !Hints.isOfCommandLine(entry)) {
      draft.refuse(entry, "is not a key of " + method.command() + ": remove it");
    } else if (entry.isFlag()) {
      draft.refuse(entry, "is not a key of " + method.command());
    } else if (Values.isNull(entry.value()) || Values.isFalse(entry.value())) {
      draft.remove(entry);
    } else {
      draft.noEffect(entry, "it is no key of " + method.command());
    }
  }

  /** Returns the keys that the table knows beside those of a record, with their rows. */
  public static Map<String, KeyRow> known(RecipeFormat format) {
    return KeyTable.of(format);
  }
}
