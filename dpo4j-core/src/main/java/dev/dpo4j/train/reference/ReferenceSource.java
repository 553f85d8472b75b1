/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import java.nio.file.Path;
import java.util.function.Function;
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

  /**
   * What a method of training does with the model that is the reference.
   *
   * @param <T> what it makes of it
   */
  public interface Use<T> {
    /** Takes all log-probs that the run needs; the model is not there afterwards. */
    T computeOnce(CausalLm model);

    /**
     * Lets the model score every batch.
     *
     * @param remember whether a row is scored only once while the model stays as it is
     * @param keeper makes what looks after the model, and is told what to do when it has changed
     */
    T keep(CausalLm model, boolean remember, Function<Runnable, ReferenceKeeper> keeper);
  }

  /**
   * Opens the reference as the options say.
   *
   * @param trained the policy, ready to compute
   * @param start folder of the model that training starts from
   */
  public <T> T open(CausalLm trained, Path start, ComputeOptions compute, Use<T> use) {
    if (!options.computedOnce()) {
      return keep(start, compute, use);
    }
    if (given == null && !isAdapterOff()) {
      return use.computeOnce(trained);
    }
    try (CausalLm model = given == null ? policy.computeStart(compute) : given.compute(compute)) {
      return use.computeOnce(model);
    }
  }

  /** Opens the reference as a model in memory, whatever the options say. */
  public <T> T keep(Path start, ComputeOptions compute, Use<T> use) {
    if (isAdapterOff()) {
      CausalLm model = policy.computeStart(compute);
      return use.keep(model, false, changed -> model::close);
    }
    FrozenModel frozen = FrozenModel.open(given, start, policy, options, compute);
    return use.keep(
        frozen.model(), options.remembered(), changed -> frozen.keeper(policy, changed));
  }

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
