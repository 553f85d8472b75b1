/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.DataOptions;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.sft.SftRunConfig;
import java.nio.file.Path;

/** What a run on preference pairs is configured with. */
public interface DpoRunConfig extends RunConfig {
  /** Which pairs are read. */
  DataOptions data();

  /** Whether supervised training on the chosen answers comes first. */
  SftFirstOptions sft();

  /** Where the log-probabilities of the reference come from. */
  ReferenceOptions reference();

  /** Which losses are minimised. */
  LossOptions loss();

  /** What the run is watched for. */
  GuardOptions guard();

  /** Returns the config of the phase of {@code sft_first}, which writes to a folder of its own. */
  SftRunConfig sftPhase(Path folder);
}
