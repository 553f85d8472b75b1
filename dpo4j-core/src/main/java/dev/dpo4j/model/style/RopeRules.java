/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.Set;

/**
 * How a family reads its rotary embedding.
 *
 * @param theta base where config.json has none
 * @param byLayerType whether layers with a window have an embedding of their own
 * @param localThetaField field of the base of layers with a window; empty where there is none
 * @param localTheta base of layers with a window where config.json has none
 * @param partial share of a head that is rotated where config.json says nothing
 * @param partialAllowed whether a share below 1 may be given
 * @param originalLength what {@code original_max_position_embeddings} is where it does not stand
 *     outside the embedding; 0 for what stands inside, or the full length
 * @param types the kinds of embedding that the family takes; empty for all
 */
public record RopeRules(
    double theta,
    boolean byLayerType,
    String localThetaField,
    double localTheta,
    double partial,
    boolean partialAllowed,
    int originalLength,
    Set<String> types) {
  private static final double USUAL_THETA = 10_000;

  /** One embedding of whole heads, with the usual base. */
  public static final RopeRules PLAIN = withTheta(USUAL_THETA);

  /** One embedding of whole heads. */
  public static RopeRules withTheta(double theta) {
    return new RopeRules(theta, false, "", theta, 1, false, 0, Set.of());
  }

  /** One embedding of a share of each head. */
  public static RopeRules partial(double share) {
    return new RopeRules(USUAL_THETA, false, "", USUAL_THETA, share, true, 0, Set.of());
  }

  /** An embedding for layers that see all, another for those with a window. */
  public static RopeRules byLayerType(double theta, String localThetaField, double localTheta) {
    return new RopeRules(theta, true, localThetaField, localTheta, 1, false, 0, Set.of());
  }
}
