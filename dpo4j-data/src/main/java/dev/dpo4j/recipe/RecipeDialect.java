/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.dialect.Dialect;
import dev.dpo4j.config.dialect.KeyNames;
import dev.dpo4j.config.dialect.Negation;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.recipe.KeyRow.Treatment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites settings of TRL, alignment-handbook, LLaMA-Factory and axolotl into ours.
 *
 * <p>Each key does what its row of the {@link KeyTable} says; keys that change training and are not
 * written get the default of the tool whose file it is.
 */
public final class RecipeDialect implements Dialect {
  private static final String FORMAT_KEY = "config_format";

  /** Lengths that TRL's newer trainers have dropped; methods that have them here cut by them. */
  private static final Set<String> PROMPT_LENGTHS =
      Set.of("max_prompt_length", "max_completion_length", "max_target_length");

  private final RecipeMethod method;

  /** Creates the dialect of a method of training. */
  public RecipeDialect(RecipeMethod method) {
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
    Translations ofFlags = format == RecipeFormat.TRL ? translations : new TrlTranslations(draft);
    for (RecipeEntry entry : draft.entries()) {
      if (isRenamed(draft, entry)) {
        draft.translated(entry, "became " + entry.key() + ": " + RecipeValues.show(entry.value()));
      }
    }
    for (RecipeEntry entry : draft.entries()) {
      @Nullable KeyRow row = isRenamed(draft, entry) ? null : row(draft, entry.key(), entry);
      // A translation may have taken the entry already.
      if (row != null && entry.equals(current(draft, entry))) {
        boolean own = !entry.isFlag() || row.isOf(format);
        follow(draft, entry, row, own ? translations : ofFlags);
      }
    }
    translations.finish();
    OneLoss.check(draft);
    return new Translation(
        List.of(draft.settings(false), draft.settings(true)), draft.notes(), draft.faults());
  }

  private static @Nullable RecipeEntry current(Draft draft, RecipeEntry entry) {
    return draft.entries().stream().filter(entry::equals).findFirst().orElse(null);
  }

  /** Gives a setting its name here; keys that nobody knows are faults. */
  private void read(Draft draft, Setting setting, boolean isFlag) {
    String name = setting.key().replace('-', '_');
    RecipeEntry entry = new RecipeEntry(name, name, setting.value(), setting.where(), isFlag);
    if (name.equals(FORMAT_KEY)) {
      return;
    }
    @Nullable KeyRow row = row(draft, name, entry);
    if (row == null && !draft.names().isKnown(name)) {
      @Nullable RecipeEntry opposite = opposite(draft, entry);
      if (opposite == null) {
        draft.fault(entry, Hints.unknown(name, draft));
        return;
      }
      entry = opposite;
      row = row(draft, entry.key(), entry);
    }
    if (row != null && row.fate() == Treatment.RENAMED) {
      RecipeEntry renamed = entry.as(row.target(), entry.value());
      if (!draft.names().isKnown(row.target())) {
        otherMethod(draft, renamed);
        return;
      }
      entry = renamed;
    }
    draft.add(entry);
  }

  private static boolean isRenamed(Draft draft, RecipeEntry entry) {
    @Nullable KeyRow row = row(draft, entry.written(), entry);
    return row != null && row.fate() == Treatment.RENAMED && !entry.written().equals(entry.key());
  }

  /** A flag is one of ours where there is such a one, whoever wrote the file. */
  private static @Nullable KeyRow row(Draft draft, String key, RecipeEntry entry) {
    if (entry.isFlag()) {
      @Nullable KeyRow ours = KeyTable.find(key, RecipeFormat.TRL);
      if (ours != null || draft.names().isKnown(key)) {
        return ours;
      }
    }
    return KeyTable.find(key, draft.format());
  }

  /** Reads no_key. */
  private static @Nullable RecipeEntry opposite(Draft draft, RecipeEntry entry) {
    if (!entry.key().startsWith("no_")) {
      return null;
    }
    String name = entry.key().substring(3);
    @Nullable KeyRow row = KeyTable.find(name, draft.format());
    boolean known = draft.names().isBoolean(name) || (row != null && row.isBoolean());
    @Nullable Value value = Negation.of(entry.value());
    return known && value != null ? entry.as(name, value) : null;
  }

  private void follow(Draft draft, RecipeEntry entry, KeyRow row, Translations translations) {
    switch (row.fate()) {
      case ACTS -> {
        if (!draft.names().isKnown(entry.key())) {
          otherMethod(draft, entry);
        }
      }
      case RENAMED -> throw new IllegalStateException(entry + " was to be renamed");
      case TRANSLATED -> translations.apply(entry);
      case NOTED -> {
        if (RecipeValues.isOneOf(entry.value(), row.neutral())) {
          draft.remove(entry);
        } else {
          draft.noEffect(entry, row.reason().english());
        }
      }
      case REFUSED -> {
        if (RecipeValues.isOneOf(entry.value(), row.neutral())) {
          draft.remove(entry);
        } else {
          draft.refuse(
              entry,
              "is %s, which cannot be honoured: %s"
                  .formatted(RecipeValues.show(entry.value()), row.reason().english()));
        }
      }
    }
  }

  /** A key of another method of training is an error in TRL, where each method has its own. */
  private void otherMethod(Draft draft, RecipeEntry entry) {
    if (PROMPT_LENGTHS.contains(entry.key()) && !entry.isFlag()) {
      draft.noEffect(entry, "as in TRL today, max_length alone cuts rows");
    } else if (draft.format() == RecipeFormat.TRL
        && !entry.isFlag()
        && !Hints.isOfCommandLine(entry)) {
      draft.refuse(entry, "is not a key of " + method.command() + ": remove it");
    } else if (entry.isFlag()) {
      draft.refuse(entry, "is not a key of " + method.command());
    } else if (RecipeValues.isNull(entry.value()) || RecipeValues.isFalse(entry.value())) {
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
