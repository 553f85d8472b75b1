/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.train.options.ReferenceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The reference as a model in memory, which TR-DPO moves along behind the policy. */
public final class FrozenModel implements AutoCloseable {
  /** The weights of a reference that has moved, in a checkpoint. */
  static final String STATE = "reference.safetensors";

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
   * @param given a model of the caller's, or null; where the reference moves, its adapter becomes
   *     part of it
   * @param start folder of the model that training starts from
   * @param policy what the reference moves after, if it does
   */
  public static FrozenModel open(
      @Nullable LanguageModel given,
      Path start,
      LanguageModel policy,
      ReferenceOptions options,
      ComputeOptions compute) {
    if (options.syncRefModel() && policy.parameters().isPacked()) {
      throw new ConfigException(
          new Fault(
              "sync_ref_model",
              "true",
              "is not built for a base in 4 or 8 bits, which the reference cannot move after"));
    }
    LanguageModel weights =
        given != null ? given : LanguageModel.load(start, BaseForm.FLOAT32, policy.changes());
    if (weights.adapter() != null && (given == null || options.syncRefModel())) {
      weights.mergeAdapter();
    }
    if (options.syncRefModel()) {
      weights.makeRoomFor(policy);
    }
    return new FrozenModel(weights, given == null, weights.compute(compute), options);
  }

  public CausalLm model() {
    return model;
  }

  /**
   * Looks after this model while the policy is trained, and closes it in the end.
   *
   * @param changed told whenever the model has changed
   */
  public ReferenceKeeper keeper(LanguageModel policy, Runnable changed) {
    return new ReferenceKeeper() {
      @Override
      public void afterStep(long step) {
        if (follow(policy, step)) {
          changed.run();
        }
      }

      @Override
      public void saveState(Path checkpoint) throws IOException {
        if (options.syncRefModel()) {
          FlatTensors.write(checkpoint.resolve(STATE), parameters());
        }
      }

      @Override
      public void restoreState(Path checkpoint) {
        if (options.syncRefModel()) {
          FlatTensors.read(checkpoint.resolve(STATE), parameters());
          changed.run();
        }
      }

      @Override
      public void close() {
        FrozenModel.this.close();
      }
    };
  }

  private List<FlatTensors.Part> parameters() {
    return FlatTensors.cut("", weights.parameters().values(), weights.parameters());
  }

  /**
   * TR-DPO: mixes the policy into the reference every so many steps (arXiv 2404.09656, equation 5).
   *
   * @return whether the reference has changed
   */
  private boolean follow(LanguageModel policy, long step) {
    if (!options.syncRefModel() || step % options.refModelSyncSteps() != 0) {
      return false;
    }
    double alpha = options.refModelMixupAlpha();
    policy.mixInto(weights, alpha);
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
