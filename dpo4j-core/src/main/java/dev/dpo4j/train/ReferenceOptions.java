/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the log-probs of the reference model come from. */
public record ReferenceOptions(
    @Option(
            help =
                "Computes the reference log-probs once before training, instead of keeping a "
                    + "second model in memory; the numbers are the same. null means true unless "
                    + "sync_ref_model is set.",
            difference = "TRL's default is false.")
        @Nullable Boolean precomputeRefLogProbs,
    @Option(
            defaultValue = "false",
            help = "Mixes the policy into the reference every ref_model_sync_steps (TR-DPO).")
        boolean syncRefModel,
    @Option(
            defaultValue = "0.6",
            range = "[0,1]",
            help = "Share of the policy in the new reference; needs sync_ref_model.")
        double refModelMixupAlpha,
    @Option(
            defaultValue = "512",
            range = "[1,inf)",
            help = "Optimizer steps between two mixes; needs sync_ref_model.")
        int refModelSyncSteps)
    implements Checked {

  /** Whether the reference log-probs are computed once, with the default worked out. */
  public boolean computedOnce() {
    return precomputeRefLogProbs != null ? precomputeRefLogProbs : !syncRefModel;
  }

  @Override
  public void check(Check check) {
    if (syncRefModel && Boolean.TRUE.equals(precomputeRefLogProbs)) {
      check.fault(
          "sync_ref_model",
          "cannot be combined with precompute_ref_log_probs: the log-probs would grow stale");
    }
    if (!syncRefModel) {
      check.noEffect(
          Set.of("ref_model_mixup_alpha", "ref_model_sync_steps"), "without sync_ref_model");
    }
  }
}
