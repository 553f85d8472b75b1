/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.train.loop.MemoryPlan;
import dev.dpo4j.train.loop.RunPlan;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RunPlannerTest {
  private static final long TERABYTE = 1L << 40;

  /** A plan that needs a terabyte. */
  private static RunPlan plan(long reference) {
    MemoryPlan memory = new MemoryPlan(TERABYTE, reference, 0, 0, 0, 0, 0, 0);
    return new RunPlan(
        "m", 1, null, 1, "dpo", "pairs", 1, 0, 1, 1, 1, 1, "none", memory, 2, 2, "float32",
        "engine");
  }

  @Test
  void aRunThatCannotFitIsRefusedWithWhatWouldHelp() {
    DpoConfig config =
        DpoConfig.builder()
            .gradientCheckpointing(false)
            .precomputeRefLogProbs(false)
            .optim(OptimizerName.ADAMW_BF16_STATES)
            .build();
    assertThatThrownBy(() -> RunPlanner.refuseTooLarge(plan(1), config, 1_000_000_000))
        .isInstanceOf(NotEnoughMemoryException.class)
        .hasMessageContaining("needs about 1099.5 GB")
        .hasMessageContaining("1.0 GB are free")
        .hasMessageContaining(
            "gradient_checkpointing auto, precompute_ref_log_probs true, use_peft true, optim"
                + " adamw_8bit, gradient_dtype bfloat16, a smaller max_length");
    assertThatThrownBy(
            () ->
                RunPlanner.refuseTooLarge(
                    plan(0),
                    DpoConfig.builder().optim(OptimizerName.ADAMW_8BIT).build(),
                    1_000_000_000))
        .hasMessageContaining(
            "What would help: use_peft true, gradient_dtype bfloat16, a smaller max_length");
  }

  @Test
  void methodsThatSampleNameTheLengthOfTheirAnswers() {
    GrpoConfig grpo = GrpoConfig.builder().build();
    PpoConfig ppo = PpoConfig.builder().build();
    assertThatThrownBy(() -> RunPlanner.refuseTooLarge(plan(0), grpo, 1_000_000_000))
        .hasMessageContaining("a smaller max_completion_length or a smaller model");
    assertThatThrownBy(() -> RunPlanner.refuseTooLarge(plan(0), ppo, 1_000_000_000))
        .hasMessageContaining("a smaller response_length or a smaller model");
  }

  @Test
  void aDeviceThatIsFullNamesTheCheckpointThatStandsAndWhatWouldHelp() {
    DpoConfig config = DpoConfig.builder().build();
    DeviceMemoryException full = new DeviceMemoryException(2_000, 1_000);
    assertThat(RunPlanner.noMemoryLeft(config, true, Path.of("run"), full))
        .hasMessageContaining("no memory for 2,000 more bytes, and 1,000 bytes are free")
        .hasMessageContaining("The last checkpoint in run stands")
        .hasMessageContaining("What would help: precompute_ref_log_probs true, use_peft true")
        .hasMessageEndingWith(
            "end other processes that hold memory of the card: nvidia-smi lists them.")
        .hasCause(full);
    assertThat(RunPlanner.noMemoryLeft(config, false, null, full))
        .hasMessageContaining("No checkpoint was written yet.")
        .hasMessageContaining("What would help: use_peft true");
  }

  @Test
  void moreThanTheHostHasIsNotLeftThere() {
    assertThatThrownBy(() -> RunPlanner.refuseTooLargeOnHost(TERABYTE, 1_000_000_000))
        .isInstanceOf(NotEnoughMemoryException.class)
        .hasMessageContaining("leaves about 1099.5 GB in the host's memory")
        .hasMessageContaining("1.0 GB are free there")
        .hasMessageContaining("activation_offloading false, offload_optimizer false");
    assertThatCode(() -> RunPlanner.refuseTooLargeOnHost(0, 0)).doesNotThrowAnyException();
    assertThatCode(() -> RunPlanner.refuseTooLargeOnHost(5, 0)).doesNotThrowAnyException();
    assertThatCode(() -> RunPlanner.refuseTooLargeOnHost(5, 5)).doesNotThrowAnyException();
  }

  @Test
  void onTheCpuOptionsForCardsAreNamedAsWithoutEffect() {
    assertThat(RunPlanner.idle(DpoConfig.builder().build())).isEmpty();
    DpoConfig config =
        DpoConfig.builder().offloadOptimizer(true).activationOffloading(true).tf32(true).build();
    assumeFalse(Backends.onCard(), "on a card they have");
    assertThat(RunPlanner.idle(config))
        .containsOnlyKeys("offload_optimizer", "activation_offloading", "tf32");
  }

  @Test
  void whatFitsOrCannotBeKnownIsNotRefused() {
    DpoConfig config = DpoConfig.builder().build();
    assertThatCode(() -> RunPlanner.refuseTooLarge(plan(0), config, 2 * TERABYTE))
        .doesNotThrowAnyException();
    assertThatCode(() -> RunPlanner.refuseTooLarge(plan(0), config, 0)).doesNotThrowAnyException();
  }
}
