/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.config.OptionChoice;
import org.jspecify.annotations.Nullable;

/** The names of {@code optim}: our own, and what becomes of those of transformers. */
@SuppressWarnings("ImmutableEnumChecker") // strings and constants
public enum OptimizerName implements OptionChoice {
  ADAMW_TORCH_FUSED(OptimizerType.ADAMW),
  ADAMW_TORCH(OptimizerType.ADAMW),
  ADAMW(OptimizerType.ADAMW),
  ADAMW_BF16_STATES(OptimizerType.ADAMW_BF16_STATES),
  ADAMW_8BIT(OptimizerType.ADAMW_8BIT),
  SGD(OptimizerType.SGD),
  RMSPROP(OptimizerType.RMSPROP),
  ADAGRAD(OptimizerType.ADAGRAD),
  ADAFACTOR(OptimizerType.ADAFACTOR),
  LION(OptimizerType.LION),
  ADEMAMIX(OptimizerType.ADEMAMIX),

  ADAMW_TORCH_XLA(ADAMW_TORCH_FUSED),
  ADAMW_TORCH_NPU_FUSED(ADAMW_TORCH_FUSED),
  PAGED_ADAMW(ADAMW_TORCH_FUSED),
  PAGED_ADAMW_32BIT(ADAMW_TORCH_FUSED),
  ADAMW_BNB_8BIT(ADAMW_8BIT),
  PAGED_ADAMW_8BIT(ADAMW_8BIT),
  ADAMW_TORCH_8BIT(ADAMW_8BIT),
  ADAMW_TORCH_4BIT(ADAMW_8BIT),
  RMSPROP_BNB(RMSPROP),
  RMSPROP_BNB_8BIT(RMSPROP),
  RMSPROP_BNB_32BIT(RMSPROP),
  LION_32BIT(LION),
  LION_8BIT(LION),
  PAGED_LION_32BIT(LION),
  PAGED_LION_8BIT(LION),
  ADEMAMIX_8BIT(ADEMAMIX),
  PAGED_ADEMAMIX_32BIT(ADEMAMIX),
  PAGED_ADEMAMIX_8BIT(ADEMAMIX),

  GALORE_ADAMW(Lacking.LOW_RANK),
  GALORE_ADAMW_8BIT(Lacking.LOW_RANK),
  GALORE_ADAFACTOR(Lacking.LOW_RANK),
  GALORE_ADAMW_LAYERWISE(Lacking.LOW_RANK),
  GALORE_ADAMW_8BIT_LAYERWISE(Lacking.LOW_RANK),
  GALORE_ADAFACTOR_LAYERWISE(Lacking.LOW_RANK),
  APOLLO_ADAMW(Lacking.LOW_RANK),
  APOLLO_ADAMW_LAYERWISE(Lacking.LOW_RANK),
  LOMO(Lacking.AT_ONCE),
  ADALOMO(Lacking.AT_ONCE),
  SCHEDULE_FREE_ADAMW(Lacking.FREE + "adamw_torch"),
  SCHEDULE_FREE_RADAM(Lacking.FREE + "adamw_torch"),
  SCHEDULE_FREE_SGD(Lacking.FREE + "sgd"),
  GROKADAMW("filters gradients, which is not built: write adamw_torch"),
  STABLE_ADAMW("clips its updates, which is not built: write adamw_torch"),
  ADAMW_ANYPRECISION("is not built: write adamw_torch, or adamw_bf16_states"),
  ADAMW_HF("is gone from transformers: write adamw_torch"),
  ADAMW_APEX_FUSED("is a class of apex: write adamw_torch"),
  MUON("orthogonalises its updates, which is not built: write adamw_torch");

  private final @Nullable OptimizerType type;
  private final @Nullable OptimizerName ours;
  private final String refusal;

  OptimizerName(OptimizerType type) {
    this.type = type;
    this.ours = null;
    this.refusal = "";
  }

  OptimizerName(OptimizerName ours) {
    this.type = ours.type;
    this.ours = ours;
    this.refusal = "";
  }

  OptimizerName(String refusal) {
    this.type = null;
    this.ours = null;
    this.refusal = refusal;
  }

  /** Why names of a kind are refused, and what to write instead. */
  private static final class Lacking {
    static final String LOW_RANK =
        "projects gradients to a low rank, which is not built: write adamw_8bit";
    static final String AT_ONCE =
        "updates while it computes gradients, which is not built: write adafactor";
    static final String FREE =
        "averages the weights instead of a schedule, which is not built: write ";
  }

  /** Returns whether the name is one of ours, so that nothing has to be said about it. */
  @Override
  public boolean isListed() {
    return type != null && ours == null;
  }

  /**
   * Returns the rule that the name stands for.
   *
   * @throws IllegalStateException if the name is refused
   */
  public OptimizerType type() {
    if (type == null) {
      throw new IllegalStateException(configName() + " " + refusal);
    }
    return type;
  }

  /** Returns why the name is refused, and what to write instead; empty where it is not. */
  String refusal() {
    return refusal.isEmpty() ? "" : configName() + " " + refusal;
  }

  /** Returns whether the name is understood. */
  public boolean isKnown() {
    return type != null;
  }

  /** Returns what became of the name of another tool's optimizer; empty where nothing had to. */
  public String note() {
    if (ours == null) {
      return "";
    }
    return type == OptimizerType.ADAMW_8BIT
        ? "%s is taken as %s: its running means are 8-bit floats"
            .formatted(configName(), ours.configName())
        : "%s is taken as %s: the same step, in float32".formatted(configName(), ours.configName());
  }
}
