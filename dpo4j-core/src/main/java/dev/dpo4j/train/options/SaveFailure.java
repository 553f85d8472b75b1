/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

/** What a run does when a checkpoint cannot be written. */
public enum SaveFailure {
  /** It ends with an error; the last good checkpoint stays. */
  STOP,
  /** It says so and goes on; the last good checkpoint stays. */
  CONTINUE
}
