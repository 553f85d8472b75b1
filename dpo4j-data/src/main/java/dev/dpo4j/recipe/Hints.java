/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.EditDistance;
import dev.dpo4j.recipe.KeyRow.Treatment;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Says what was probably meant by a key that nobody knows. */
final class Hints {
  /** Keys that the command line reads and the library does not have. */
  private static final Set<String> COMMAND_LINE =
      Set.of(
          "push_to_hub",
          "hub_model_id",
          "hub_private_repo",
          "hub_revision",
          "hub_strategy",
          "model_revision",
          "dataset_config",
          "template",
          "strict",
          "dry_run");

  private Hints() {}

  static boolean isOfCommandLine(RecipeEntry entry) {
    return COMMAND_LINE.contains(entry.key());
  }

  static String unknown(String name, Draft draft) {
    if (name.equals("max_new_tokens") && draft.names().all().contains("num_generations")) {
      return "is max_completion_length here: the most tokens of an answer";
    }
    List<KeyRow> elsewhere = KeyTable.find(name);
    if (!elsewhere.isEmpty()) {
      KeyRow row = elsewhere.get(0);
      String owner = row.owner().title();
      boolean ours = row.fate() == Treatment.RENAMED || row.fate() == Treatment.TRANSLATED;
      String here = ours && !row.target().isEmpty() ? "; here it is " + row.target() : "";
      RecipeFormat format =
          List.of(RecipeFormat.values()).stream().filter(row::isOf).findFirst().orElseThrow();
      return "is a key of %s%s. For a file of %s set config_format: %s"
          .formatted(owner, here, owner, format.configName());
    }
    Set<String> names = new TreeSet<>(draft.names().all());
    names.addAll(KeyTable.of(draft.format()).keySet());
    return EditDistance.nearest(name, names)
        .map(near -> "is not a key; did you mean " + near + "?")
        .orElse("is not a key; see --help for all keys");
  }
}
