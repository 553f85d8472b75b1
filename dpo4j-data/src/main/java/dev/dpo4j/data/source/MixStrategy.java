/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

/** How several data sets become one; names and meanings are LLaMA-Factory's. */
public enum MixStrategy {
  /** One after the other. */
  CONCAT,
  /** Mixed row by row until the first one has no rows left. */
  INTERLEAVE_UNDER,
  /** Mixed row by row until each was read to its end; those that end before begin again. */
  INTERLEAVE_OVER
}
