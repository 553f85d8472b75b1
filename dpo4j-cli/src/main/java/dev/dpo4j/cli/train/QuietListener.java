/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.train.loop.TrainListener;

/** Says nothing: of several processes, the first one speaks for all. */
final class QuietListener implements TrainListener {
  @Override
  public void onWarning(String name, String message) {}

  @Override
  public void onNote(String name, String message) {}
}
