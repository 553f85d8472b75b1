/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

/** How the combinations of a sweep are chosen. */
enum SweepStrategy {
  /** Every combination of the values. */
  GRID,
  /** Combinations that are drawn. */
  RANDOM,
  /** Successive halving: many with little training, few with all of it. */
  HALVING
}
