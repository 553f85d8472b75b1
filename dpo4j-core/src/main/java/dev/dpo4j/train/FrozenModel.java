/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The reference as a model in memory, which TR-DPO moves along behind the policy. */
final class FrozenModel implements AutoCloseable {
  private final LanguageModel weights;
  private final boolean owned;
  private final CausalLm model;
  private final ReferenceOptions options;

  private FrozenModel(
      LanguageModel weights, boolean owned, CausalLm model, ReferenceOptions options) {
    this.weights = weights;
    this.owned = owned;
    this.model = model;
    this.options = options;
  }

  /**
   * Takes the model that was given, or loads the one that training starts from.
   *
   * @param given a model of the caller's, or null
   * @param start folder of the model that training starts from
   */
  static FrozenModel open(
      @Nullable LanguageModel given, Path start, ReferenceOptions options, ComputeOptions compute) {
    LanguageModel weights = given != null ? given : LanguageModel.load(start);
    if (given == null && weights.adapter() != null) {
      weights.mergeAdapter();
    }
    return new FrozenModel(weights, given == null, weights.compute(compute), options);
  }

  CausalLm model() {
    return model;
  }

  /**
   * TR-DPO: mixes the policy into the reference every so many steps (arXiv 2404.09656, equation 5).
   *
   * @return whether the reference has changed
   */
  boolean follow(LanguageModel policy, long step) {
    if (!options.syncRefModel() || step % options.refModelSyncSteps() != 0) {
      return false;
    }
    double alpha = options.refModelMixupAlpha();
    policy.mixInto(weights.parameters(), alpha);
    return true;
  }

  @Override
  public void close() {
    model.close();
    if (owned) {
      weights.close();
    }
  }
}
