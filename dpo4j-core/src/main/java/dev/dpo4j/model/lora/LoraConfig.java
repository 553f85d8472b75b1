/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.SavedModule;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * How an adapter is built, as {@code adapter_config.json} tells it.
 *
 * @param r rank of the update, at least 1
 * @param alpha its numerator: the update is scaled by {@code alpha / r}
 * @param dropout share of an adapter's inputs that training drops, in [0, 1)
 * @param targets which layers are adapted, and which of them with a rank and an alpha of their own
 * @param useRslora whether the update is scaled by {@code alpha / sqrt(r)} instead (arXiv
 *     2312.03732)
 * @param useDora whether each layer's rows keep a trained length of their own (DoRA, arXiv
 *     2402.09353)
 * @param bias which biases are trained
 * @param modulesToSave what is trained as a whole beside the adapter
 * @param otherModules names of further modules that are trained as a whole: norms, linear layers,
 *     or blocks of them
 * @param targetParameters which parameters of layers with experts are adapted
 */
public record LoraConfig(
    int r,
    double alpha,
    double dropout,
    LoraTargets targets,
    boolean useRslora,
    boolean useDora,
    LoraBias bias,
    Set<SavedModule> modulesToSave,
    Set<String> otherModules,
    Set<ExpertParameter> targetParameters) {
  /** An adapter on linear layers alone. */
  public LoraConfig(
      int r,
      double alpha,
      double dropout,
      Set<LoraModule> targetModules,
      boolean useRslora,
      boolean useDora,
      Set<SavedModule> modulesToSave) {
    this(
        r,
        alpha,
        dropout,
        LoraTargets.of(targetModules.stream().map(LoraModule::moduleName).toList()),
        useRslora,
        useDora,
        LoraBias.NONE,
        modulesToSave,
        Set.of(),
        Set.of());
  }

  /** Plain or rank-stabilised LoRA. */
  public LoraConfig(
      int r, double alpha, double dropout, Set<LoraModule> targetModules, boolean useRslora) {
    this(r, alpha, dropout, targetModules, useRslora, false, Set.of());
  }

  public LoraConfig {
    if (r < 1 || !(alpha > 0) || (targets.isEmpty() && targetParameters.isEmpty())) {
      throw new IllegalArgumentException(
          "an adapter needs a rank, a positive alpha and a target, but had r %d, alpha %s and %s"
              .formatted(r, alpha, targets));
    }
    modulesToSave = new TreeSet<>(modulesToSave);
    otherModules = new TreeSet<>(otherModules);
    targetParameters = new TreeSet<>(targetParameters);
  }

  /** The same on modules by other names. */
  LoraConfig withModules(Collection<String> names) {
    return with(targets.withModules(names));
  }

  /** The same with the modules that are excluded. */
  LoraConfig notExcluding() {
    return with(targets.notExcluding());
  }

  /** The same on other layers. */
  LoraConfig with(LoraTargets others) {
    return new LoraConfig(
        r,
        alpha,
        dropout,
        others,
        useRslora,
        useDora,
        bias,
        modulesToSave,
        otherModules,
        targetParameters);
  }

  /** The same with what PEFT doubles of experts; see {@link LoraTargets#withDoubledGateUp}. */
  public LoraConfig withDoubledGateUp() {
    return with(targets.withDoubledGateUp(r, alpha));
  }

  /**
   * Says of each field that has no effect on a model, or cannot have the one that it asks for, why;
   * the fields bear the names that options give them.
   */
  public Map<String, String> idle(ModelConfig model) {
    return LoraSites.idle(model, this);
  }

  /** Whether other names mean the same layers of a model. */
  public boolean isOnLayersOf(LoraTargets others, ModelConfig model) {
    try {
      List<String> keys = new LoraSites(model, this).moduleKeys();
      return keys.equals(new LoraSites(model, with(others)).moduleKeys());
    } catch (IllegalArgumentException e) {
      return false; // they mean no layer, or one that is trained as a whole
    }
  }

  /** In a line. */
  public String describe() {
    List<String> whole =
        Stream.concat(modulesToSave.stream().map(SavedModule::moduleName), otherModules.stream())
            .toList();
    String pattern = targets.pattern();
    return "%s of rank %d, alpha %s%s on %s%s%s%s"
        .formatted(
            useDora ? "DoRA" : "LoRA",
            r,
            alpha,
            useRslora ? " (rank-stabilised)" : "",
            String.join(
                ", ",
                Stream.concat(
                        pattern == null ? targets.modules().stream() : Stream.of(pattern),
                        targetParameters.stream().map(p -> "experts' " + p.parameterName()))
                    .toList()),
            targets.describe(),
            bias == LoraBias.NONE ? "" : "; biases: " + bias.peftName(),
            whole.isEmpty() ? "" : "; whole: " + String.join(", ", whole));
  }

  /** The rank of a module or parameter. */
  int rank(String key) {
    return targets.rank(key, r);
  }

  /** What the update of a module or parameter is multiplied by. */
  double scale(String key) {
    double rank = rank(key);
    return targets.alpha(key, alpha) / (useRslora ? Math.sqrt(rank) : rank);
  }

  /** What the update is multiplied by where no pattern says otherwise. */
  public double scale() {
    return alpha / (useRslora ? Math.sqrt(r) : r);
  }
}
