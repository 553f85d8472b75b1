/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.RopeConfig;
import dev.dpo4j.nn.Rotation;

/** The rotations of a model's layers; layers of a kind share one, and so its tables. */
final class Rotations {
  private final ModelConfig config;
  private final Rotation full;
  private final Rotation sliding;

  Rotations(ModelConfig config) {
    this.config = config;
    this.full = rotation(config, config.rope());
    this.sliding =
        config.slidingRope().equals(config.rope()) ? full : rotation(config, config.slidingRope());
  }

  private static Rotation rotation(ModelConfig config, RopeConfig rope) {
    return new Rotation(
        length -> rope.inverseFrequencies(config.rotaryDim(), length),
        rope.attentionFactor(),
        config.style().interleaved(),
        rope.lengthOfChange() < Integer.MAX_VALUE);
  }

  Rotation of(int layer) {
    if (!config.style().rotated().get(layer)) {
      return Rotation.NONE;
    }
    return config.slidingWindow(layer) > 0 ? sliding : full;
  }
}
