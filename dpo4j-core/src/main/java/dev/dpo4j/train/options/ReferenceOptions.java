/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.LanguageModel;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the log-probs of the reference model come from. */
public record ReferenceOptions(
    @Option(
            help =
                "Computes the reference log-probs once before training, instead of keeping a "
                    + "second model in memory; the numbers are the same. With sync_ref_model the "
                    + "model stays, and each row is computed once between two mixes. null means "
                    + "true unless sync_ref_model is set.",
            difference = "TRL's default is false, and it refuses sync_ref_model beside it.")
        @Nullable Boolean precomputeRefLogProbs,
    @Option(
            help =
                "Folder where reference log-probs that are computed before training are kept for "
                    + "later runs on the same model and rows, or off. null means a folder of the "
                    + "user's cache for the commands of ./dpo4j, and off in other programs and in kto.",
            difference = "TRL has no such key; it keeps them beside the data set.")
        @Nullable String refLogpsCache,
    @Option(
            defaultValue = "false",
            help = "Mixes the policy into the reference every ref_model_sync_steps steps (TR-DPO).")
        boolean syncRefModel,
    @Option(
            defaultValue = "0.6",
            range = "[0,1]",
            help = "Share of the policy in the new reference; requires sync_ref_model.")
        double refModelMixupAlpha,
    @Option(
            defaultValue = "512",
            range = "[1,inf)",
            help = "Optimizer steps between two updates of the reference; requires sync_ref_model.")
        int refModelSyncSteps)
    implements Checked {

  /** System property that names the cache where the configuration does not. */
  public static final String CACHE_PROPERTY = "dpo4j.reference.cache";

  /** All keys of this record. */
  public static final Set<String> KEYS =
      Set.of(
          "precompute_ref_log_probs",
          "ref_logps_cache",
          "sync_ref_model",
          "ref_model_mixup_alpha",
          "ref_model_sync_steps");

  /** Where reference log-probs are kept between runs, or null for nowhere. */
  public @Nullable Path cacheFolder() {
    String named = refLogpsCache != null ? refLogpsCache : System.getProperty(CACHE_PROPERTY);
    return named == null || named.isEmpty() || named.equals("off") ? null : Path.of(named);
  }

  /** Whether all reference log-probs are computed before training, with the default worked out. */
  public boolean computedOnce() {
    return !syncRefModel && !Boolean.FALSE.equals(precomputeRefLogProbs);
  }

  /** Whether the reference is the policy with its adapter as it was, over the same weights. */
  public boolean isAdapterOff(LanguageModel policy) {
    return policy.adapter() != null && !syncRefModel;
  }

  /** Whether the log-probs of a model that stays in memory are kept until it changes. */
  public boolean remembered() {
    return syncRefModel && Boolean.TRUE.equals(precomputeRefLogProbs);
  }

  /**
   * Refuses to follow the policy in a run that is too short for it.
   *
   * @throws ConfigException if the run ends before the first mix
   */
  public void checkSteps(long maxSteps) {
    if (syncRefModel && refModelSyncSteps > maxSteps) {
      throw new ConfigException(
          new Fault(
              "sync_ref_model",
              "",
              "has no effect: the run has %d steps, and the reference changes every %d: lower ref_model_sync_steps"
                  .formatted(maxSteps, refModelSyncSteps)));
    }
  }

  /**
   * Refuses to go on from a checkpoint that cannot hold all that the run depends on.
   *
   * @throws CheckpointException if log-probs of a moving reference are kept between its mixes: they
   *     depend in their last bits on the batches that they were computed with
   */
  public void checkResume(Path checkpoint) {
    if (remembered()) {
      throw new CheckpointException(
          checkpoint
              + " holds no log-probs: a run with sync_ref_model and precompute_ref_log_probs cannot"
              + " be resumed to the same bytes; one without precompute_ref_log_probs can.");
    }
  }

  @Override
  public void check(Check check) {
    if (!computedOnce()) {
      check.noEffect("ref_logps_cache", "where the reference is a model in memory");
    }
    if (!syncRefModel) {
      check.noEffect(
          Set.of("ref_model_mixup_alpha", "ref_model_sync_steps"), "without sync_ref_model");
    }
  }
}
