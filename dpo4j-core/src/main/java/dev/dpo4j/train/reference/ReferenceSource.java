/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which model the reference is, and where it is kept.
 *
 * @param policy the model to train
 * @param given a reference of its own, or null for the policy as it was
 * @param options how the reference is treated
 */
public record ReferenceSource(
    LanguageModel policy, @Nullable LanguageModel given, ReferenceOptions options) {

  /** Whether the reference is the policy with its adapter as it was, over the same weights. */
  public boolean isAdapterOff() {
    return given == null && options.isAdapterOff(policy);
  }

  /** Whether the weights of a second model stay in memory during training. */
  public boolean holdsSecondModel() {
    return given != null || (!options.computedOnce() && !isAdapterOff());
  }

  /** The folder of a reference of its own. */
  public @Nullable Path folder() {
    return given == null ? null : given.folder();
  }

  /**
   * Says where the reference comes from; {@code otherwise} is what the policy is without adapter.
   */
  public String describe(String otherwise) {
    String adapter = options.syncRefModel() ? null : PeftOptions.reference(policy);
    String own = adapter == null ? otherwise : adapter;
    return (given == null ? own : given.folder().toString())
        + (options.computedOnce()
            ? ", log-probs computed once before training"
            : ", computed with every batch");
  }
}
