/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

/** Adds what the engine says about itself to a diagnosis. */
interface Engines {
  void examine(Diagnosis diagnosis);
}
