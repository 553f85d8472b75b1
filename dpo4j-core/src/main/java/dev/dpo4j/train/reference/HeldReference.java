/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.train.options.PeftOptions;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * A reference that stays in memory, because the answers that it scores are not known before
 * training.
 *
 * @param model the reference
 * @param keeper looks after it, and closes it
 */
public record HeldReference(CausalLm model, ReferenceKeeper keeper) {

  /**
   * Opens a reference.
   *
   * @param start folder of the model that training starts from
   */
  public static HeldReference open(ReferenceSource source, Path start, ComputeOptions compute) {
    return source.keep(
        start,
        compute,
        new ReferenceSource.Use<HeldReference>() {
          @Override
          public HeldReference computeOnce(CausalLm model) {
            throw new IllegalStateException("answers are not known before training");
          }

          @Override
          public HeldReference keep(
              CausalLm model, boolean remember, Function<Runnable, ReferenceKeeper> keeper) {
            return new HeldReference(model, keeper.apply(() -> {}));
          }
        });
  }

  /** Whether a second model stays in memory for it. */
  public static boolean isSecondModel(ReferenceSource source) {
    return source.given() != null || !source.isAdapterOff();
  }

  /** Says where the reference comes from. */
  public static String describe(ReferenceSource source) {
    String adapter =
        source.options().syncRefModel() ? null : PeftOptions.reference(source.policy());
    String own = adapter == null ? "the model before training" : adapter;
    return (source.given() == null ? own : source.given().folder().toString())
        + ", computed with every rollout";
  }
}
