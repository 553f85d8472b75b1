/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What the rows of the table that are translated do, for the files of one tool. */
abstract class Translations {
  private final Draft draft;
  private final Map<String, Consumer<RecipeEntry>> actions = new HashMap<>();

  Translations(Draft draft) {
    this.draft = draft;
  }

  static Translations of(Draft draft) {
    return switch (draft.format()) {
      case TRL -> new TrlTranslations(draft);
      case LLAMAFACTORY -> new LlamaFactoryTranslations(draft);
      case AXOLOTL -> new AxolotlTranslations(draft);
    };
  }

  final Draft draft() {
    return draft;
  }

  final void on(String key, Consumer<RecipeEntry> action) {
    actions.put(key, action);
  }

  final void apply(RecipeEntry entry) {
    Consumer<RecipeEntry> action = actions.get(entry.key());
    if (action == null) {
      throw new IllegalStateException("the table translates " + entry.key() + ", and nobody does");
    }
    action.accept(entry);
  }

  final Set<String> keys() {
    return Set.copyOf(actions.keySet());
  }

  /** Looks at all keys together once each has been looked at by itself. */
  abstract void finish();
}
