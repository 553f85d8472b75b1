/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.Map;

/** Keys that change nothing that a run leaves behind, for {@link NoSilentOptionTest}. */
final class NeutralOptions {
  /** Keys that name places, and those that change memory or speed and promise the same numbers. */
  static final Map<String, String> REASONS =
      Map.ofEntries(
          Map.entry("model_name_or_path", "a place"),
          Map.entry("dataset_name", "a place"),
          Map.entry("reward_model_name_or_path", "a place"),
          Map.entry("rollout_batch_size", "speed; the same answers up to rounding"),
          Map.entry("kl_limit", "ends a run, see KlLimitTest"),
          Map.entry("output_dir", "a place"),
          Map.entry(
              "overwrite_output_dir", "looks at what stands in output_dir, see DpoCommandTest"),
          Map.entry("resume_from_checkpoint", "looks at what stands in output_dir, see ResumeIT"),
          Map.entry("resume_on_another_device", "compares devices, see AnotherDeviceTest"),
          Map.entry("on_save_failure", "looks at a full disk, see KilledRunIT"),
          Map.entry("gradient_checkpointing", "less memory, the same numbers"),
          Map.entry("activation_offloading", "memory of cards, see OffloadingIT"),
          Map.entry("tf32", "products on cards, see CudaDriverTest"),
          Map.entry("full_determinism", "sums on cards, see RepeatedRunTest"),
          Map.entry("offload_optimizer", "memory of cards, see OffloadingIT"),
          Map.entry("ref_logps_cache", "a place; the numbers are the same, see ReferenceCacheTest"),
          Map.entry("precompute_ref_log_probs", "less memory, the same numbers"),
          Map.entry("ddp_timeout", "ends a run of several processes, see RankFaultsIT"),
          Map.entry("shard", "divides memory among several processes, see ShardedOptimizerIT"),
          Map.entry("strict", "refuses, see ProcessorWithoutBfloat16Test"),
          Map.entry("device", "where is computed: tests have the CPU alone, see DeviceOptionsTest"),
          Map.entry("engine", "drives a card, see DeviceOptionsTest"),
          Map.entry("use_cpu", "takes the CPU, which tests have alone, see DeviceOptionsTest"));

  private NeutralOptions() {}
}
