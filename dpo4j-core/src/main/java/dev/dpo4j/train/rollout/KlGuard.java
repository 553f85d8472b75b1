/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.checkpoint.FlatTensors;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.train.loop.KlLimitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Ends a run whose policy goes too far from the reference, with the weights from before that. */
public final class KlGuard implements AutoCloseable {
  private static final String STATE = "within_kl_limit.safetensors";

  private final @Nullable Double limit;
  private final LanguageModel policy;
  private final String advice;
  private @Nullable Tensor good;

  /**
   * Makes a guard.
   *
   * @param limit {@code kl_limit}, or null for none
   * @param advice what else than the limit may be changed, such as {@code raise kl_coef}
   */
  public KlGuard(@Nullable Double limit, LanguageModel policy, String advice) {
    this.limit = limit;
    this.policy = policy;
    this.advice = advice;
  }

  /**
   * The divergence of drawn answers: the mean of their log-ratios, answers without tokens left out.
   *
   * @param policy log-probabilities of each answer's tokens under the policy
   * @param reference the same under the reference
   */
  public static double divergence(List<float[]> policy, List<float[]> reference) {
    double sum = 0;
    int answers = 0;
    for (int i = 0; i < policy.size(); i++) {
      float[] own = policy.get(i);
      answers += own.length == 0 ? 0 : 1;
      for (int t = 0; t < own.length; t++) {
        sum += (double) own[t] - reference.get(i)[t];
      }
    }
    return answers == 0 ? 0 : sum / answers;
  }

  /**
   * Looks at the divergence of a rollout before anything is learnt from it.
   *
   * @param divergence in nats an answer; asked only where there is a limit
   * @throws KlLimitException if it is beyond the limit; the policy is then the last one within it
   */
  public void check(long step, DoubleSupplier divergence) {
    Double most = limit;
    if (most == null) {
      return;
    }
    double kl = divergence.getAsDouble();
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
        "The KL divergence of the rollout of step %d is %.4g nats an answer, above kl_limit %s. %s Raise kl_limit, or %s."
            .formatted(
                step,
                kl,
                most,
                kept == null
                    ? "The weights are those that the run began with."
                    : "The weights of the last rollout within the limit were saved.",
                advice));
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

  /** Keeps the last good weights in a checkpoint. */
  public void saveState(Path checkpoint) throws IOException {
    Tensor present = good;
    if (present != null) {
      FlatTensors.write(checkpoint.resolve(STATE), parts(present));
    }
  }

  /** Reads what {@link #saveState} wrote. */
  public void restoreState(Path checkpoint) {
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
