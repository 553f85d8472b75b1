/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

/** When something periodic happens. */
public enum Interval {
  /** Never. */
  NO,
  /** Every so many optimizer steps. */
  STEPS,
  /** At the end of every epoch. */
  EPOCH
}
