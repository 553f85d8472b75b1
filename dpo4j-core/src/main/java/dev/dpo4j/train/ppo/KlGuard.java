/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.train.loop.KlLimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a run whose policy goes too far from the reference, with the weights from before that. */
final class KlGuard implements AutoCloseable {
  private static final String STATE = "within_kl_limit.safetensors";

  private final @Nullable Double limit;
  private final LanguageModel policy;
  private @Nullable Tensor good;

  /**
   * Makes a guard.
   *
   * @param limit {@code kl_limit}, or null for none
   */
  KlGuard(@Nullable Double limit, LanguageModel policy) {
    this.limit = limit;
    this.policy = policy;
  }

  /**
   * Looks at the divergence of a rollout before anything is learnt from it.
   *
   * @throws KlLimitException if it is beyond the limit; the policy is then the last one within it
   */
  void check(long step, double kl) {
    Double most = limit;
    if (most == null) {
      return;
    }
    Tensor values = policy.trained().values();
    if (kl <= most) {
      copy().copy_(values);
      return;
    }
    Tensor kept = good;
    if (kept != null) {
      values.copy_(kept);
    }
    throw new KlLimitException(
        "The KL divergence of the rollout of step %d is %.4g nats an answer, above kl_limit %s. %s Raise kl_coef or kl_limit, or lower learning_rate or num_ppo_epochs."
            .formatted(
                step,
                kl,
                most,
                kept == null
                    ? "The weights are those that the run began with."
                    : "The weights of the last rollout within the limit were saved."));
  }

  private Tensor copy() {
    Tensor present = good;
    if (present == null) {
      Tensor values = policy.trained().values();
      present = Tensor.empty(values.dtype(), values.shape());
      good = present;
    }
    return present;
  }

  void saveState(Path checkpoint) throws IOException {
    Tensor present = good;
    if (present != null) {
      FlatTensors.write(checkpoint.resolve(STATE), parts(present));
    }
  }

  void restoreState(Path checkpoint) {
    Path file = checkpoint.resolve(STATE);
    if (limit != null && Files.isRegularFile(file)) {
      FlatTensors.read(file, parts(copy()));
    }
  }

  private List<FlatTensors.Part> parts(Tensor array) {
    ParameterStore layout = policy.trained();
    return FlatTensors.cut("", array, layout);
  }

  @Override
  public void close() {
    Tensor present = good;
    if (present != null) {
      present.close();
    }
  }
}
