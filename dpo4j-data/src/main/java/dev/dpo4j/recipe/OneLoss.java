/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands that are called after a loss train that loss. */
final class OneLoss {
  private OneLoss() {}

  static void check(Draft draft) {
    RecipeMethod method = draft.method();
    if (method != RecipeMethod.ORPO && method != RecipeMethod.CPO) {
      return;
    }
    @Nullable RecipeEntry written = draft.find("loss_type");
    if (written == null) {
      draft.byCommand("loss_type", RecipeValues.text(method.command()));
      return;
    }
    Set<String> own = method == RecipeMethod.ORPO ? Set.of("orpo") : Set.of("cpo", "simpo", "sft");
    List<String> names = RecipeValues.strings(written.value());
    if (!own.containsAll(names)) {
      draft.fault(
          written,
          "is %s, which is not the loss of dpo4j %s: run dpo4j dpo"
              .formatted(String.join(", ", names), method.command()));
    }
  }
}
