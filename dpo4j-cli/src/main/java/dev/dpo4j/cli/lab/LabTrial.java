/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One training run that the lab does.
 *
 * @param method the method
 * @param strength by what the usual strength of its tie to the reference is multiplied
 * @param seed its seed
 * @param change what is different from the method's usual settings, in words; empty for nothing
 * @param settings keys of the method's configuration with the values that win over the usual ones
 */
record LabTrial(
    LabMethod method, double strength, int seed, String change, Map<String, Object> settings) {
  private static final double[] FACTORS = {0.25, 4};

  /** A trial with the usual settings. */
  static LabTrial usual(LabMethod method, double strength, int seed) {
    return new LabTrial(method, strength, seed, "", Map.of());
  }

  /**
   * All that a scale does, one seed after the other, so that a lab that was stopped has all parts.
   */
  static List<LabTrial> all(LabScale scale) {
    List<LabTrial> trials = new ArrayList<>(comparison(scale));
    if (scale.whole()) {
      trials.addAll(grid(scale));
      trials.addAll(ablation(scale));
      trials.sort(Comparator.comparingInt(LabTrial::seed));
    }
    return trials;
  }

  /**
   * The comparison of all methods: the usual strength first, then the others, then further seeds,
   * so that a lab that was stopped early has something to show.
   */
  static List<LabTrial> comparison(LabScale scale) {
    List<Double> strengths = new ArrayList<>(List.of(1.0));
    scale.strengths().stream().filter(strength -> strength != 1).forEach(strengths::add);
    List<LabTrial> trials = new ArrayList<>();
    for (int seed = 1; seed <= scale.seeds(); seed++) {
      for (double strength : strengths) {
        for (LabMethod method : LabMethod.values()) {
          if (strength == 1 || method.hasStrength()) {
            trials.add(usual(method, strength, seed));
          }
        }
      }
    }
    return trials;
  }

  /**
   * Each setting of PPO and of DPO a quarter and four times as large, the others as usual; the
   * strength of the tie to the reference is part of the comparison.
   */
  static List<LabTrial> grid(LabScale scale) {
    List<LabTrial> trials = new ArrayList<>();
    for (LabMethod method : List.of(LabMethod.PPO, LabMethod.DPO)) {
      method
          .tuned()
          .forEach(
              (key, value) -> {
                for (double factor : method.isTie(key) ? new double[0] : FACTORS) {
                  for (int seed = 1; seed <= scale.seeds(); seed++) {
                    String change = String.format(Locale.ROOT, "%s x %s", key, factor);
                    trials.add(
                        new LabTrial(
                            method, 1, seed, change, Map.of(key, scaled(key, value, factor))));
                  }
                }
              });
    }
    return trials;
  }

  private static Object scaled(String key, Number value, double factor) {
    double product = value.doubleValue() * factor;
    if (value instanceof Integer) {
      return Math.max(1, (int) Math.round(product));
    }
    return key.equals("lam") ? Math.min(1, product) : product;
  }

  /** What PPO is said to need: each part taken away or put in by itself. */
  static List<LabTrial> ablation(LabScale scale) {
    Map<String, Map<String, Object>> changes = new LinkedHashMap<>();
    changes.put("advantages not whitened", Map.of("whiten_advantages", false));
    changes.put("four times the batch", Map.of("gradient_accumulation_steps", 4));
    changes.put(
        "the reference follows",
        Map.of("sync_ref_model", true, "ref_model_sync_steps", 1, "ref_model_mixup_alpha", 0.1));
    List<LabTrial> trials = new ArrayList<>();
    changes.forEach(
        (change, settings) -> {
          for (int seed = 1; seed <= scale.seeds(); seed++) {
            trials.add(new LabTrial(LabMethod.PPO, 1, seed, change, settings));
          }
        });
    return trials;
  }

  /** The name of the file that keeps its result. */
  String file() {
    String name = method.name() + "-" + strength + "-" + seed + (change.isEmpty() ? "" : "-");
    return name.toLowerCase(Locale.ROOT) + change.replaceAll("[^A-Za-z0-9.]+", "_") + ".json";
  }
}
