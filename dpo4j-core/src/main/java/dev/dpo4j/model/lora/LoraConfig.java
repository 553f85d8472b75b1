/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.weights.SavedModule;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * How an adapter is built, as {@code adapter_config.json} tells it.
 *
 * @param r rank of the update, at least 1
 * @param alpha its numerator: the update is scaled by {@code alpha / r}
 * @param dropout share of an adapter's inputs that training drops, in [0, 1)
 * @param targetModules which layers are adapted, in every decoder layer
 * @param useRslora whether the update is scaled by {@code alpha / sqrt(r)} instead (arXiv
 *     2312.03732)
 * @param useDora whether each layer's rows keep a trained length of their own (DoRA, arXiv
 *     2402.09353)
 * @param modulesToSave what is trained as a whole beside the adapter
 * @param targetParameters which parameters of layers with experts are adapted
 * @param doubledGateUp whether gate and way up of the experts, which are one parameter, have twice
 *     the rank and twice the alpha, as PEFT gives them where both were asked for
 */
public record LoraConfig(
    int r,
    double alpha,
    double dropout,
    Set<LoraModule> targetModules,
    boolean useRslora,
    boolean useDora,
    Set<SavedModule> modulesToSave,
    Set<ExpertParameter> targetParameters,
    boolean doubledGateUp) {
  /** An adapter on linear layers alone. */
  public LoraConfig(
      int r,
      double alpha,
      double dropout,
      Set<LoraModule> targetModules,
      boolean useRslora,
      boolean useDora,
      Set<SavedModule> modulesToSave) {
    this(r, alpha, dropout, targetModules, useRslora, useDora, modulesToSave, Set.of(), false);
  }

  /** Plain or rank-stabilised LoRA. */
  public LoraConfig(
      int r, double alpha, double dropout, Set<LoraModule> targetModules, boolean useRslora) {
    this(r, alpha, dropout, targetModules, useRslora, false, Set.of());
  }

  public LoraConfig {
    if (r < 1 || !(alpha > 0) || (targetModules.isEmpty() && targetParameters.isEmpty())) {
      throw new IllegalArgumentException(
          "an adapter needs a rank, a positive alpha and a target, but had r %d, alpha %s and %s"
              .formatted(r, alpha, targetModules));
    }
    targetModules = new TreeSet<>(targetModules);
    modulesToSave = new TreeSet<>(modulesToSave);
    targetParameters = new TreeSet<>(targetParameters);
  }

  /**
   * The same on no other layers than a model has.
   *
   * @throws IllegalArgumentException if none is left
   */
  LoraConfig within(Set<LoraModule> present) {
    Set<LoraModule> left = new TreeSet<>(targetModules);
    left.retainAll(present);
    return new LoraConfig(
        r,
        alpha,
        dropout,
        left,
        useRslora,
        useDora,
        modulesToSave,
        targetParameters,
        doubledGateUp);
  }

  /** In a line. */
  public String describe() {
    return "%s of rank %d, alpha %s%s on %s%s"
        .formatted(
            useDora ? "DoRA" : "LoRA",
            r,
            alpha,
            useRslora ? " (rank-stabilised)" : "",
            String.join(
                ", ",
                Stream.concat(
                        targetModules.stream().map(LoraModule::moduleName),
                        targetParameters.stream().map(p -> "experts' " + p.parameterName()))
                    .toList()),
            modulesToSave.isEmpty()
                ? ""
                : "; whole: "
                    + String.join(
                        ", ", modulesToSave.stream().map(SavedModule::moduleName).toList()));
  }

  /** The rank of the update of each expert. */
  int rank(ExpertParameter parameter) {
    return parameter == ExpertParameter.GATE_UP && doubledGateUp ? 2 * r : r;
  }

  /** What the update of experts is multiplied by. */
  double scale(ExpertParameter parameter) {
    double rank = rank(parameter);
    return alpha * rank / r / (useRslora ? Math.sqrt(rank) : rank);
  }

  /** What the update is multiplied by. */
  public double scale() {
    return alpha / (useRslora ? Math.sqrt(r) : r);
  }
}
