/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.RopeRules;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.model.style.TensorNames;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Phi-3, 3.5, 4 and Phi-4-mini: fused projections, a part of each head rotated, LongRoPE. */
public final class Phi3 implements Family {
  private static final double THETA = 10_000;
  private static final int ORIGINAL = 4096;
  private static final RopeRules ROPE =
      new RopeRules(THETA, false, "", THETA, 1, true, ORIGINAL, Set.of("default", "longrope"));

  @Override
  public String className() {
    return "Phi3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "phi3";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(32_064, 3072, 8192, 32, 32, 0, 0, 4096, 0, 1e-5, false, 1, List.of(32_000));
  }

  @Override
  public RopeRules rope() {
    return ROPE;
  }

  @Override
  public List<Integer> windows(ConfigFields config, List<String> layerTypes) {
    return LayerTypes.sameWindow(config, layerTypes.size(), 0);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.names(TensorNames.PHI);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    LayerTypes.writeWindow(windows, fields);
  }
}
