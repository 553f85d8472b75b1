/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same as {@link KilledRunIT} for reward models and for methods that sample answers. */
@DisabledOnOs(OS.WINDOWS)
class KilledRolloutsIT {
  /** Sampled answers and what they are worth are in a checkpoint, too. */
  @ParameterizedTest
  @Tag("heavy")
  @Timeout(3600)
  @CsvSource({
    "reward, --center_rewards_coefficient=0.01",
    "reward, --use_peft=true --lora_dropout=0.1 --disable_dropout=false",
    "ppo, --kl_target=0.01 --kl_limit=1000",
    "ppo, --use_peft=true --num_ppo_epochs=2 --num_mini_batches=2",
    "online_dpo, --rollout_steps=3 --num_generations=3 --kl_limit=1000",
    "online_dpo, --rollout_steps=3 --use_peft=true",
    "grpo, --num_generations=2 --beta=0.1 --steps_per_generation=4 --num_iterations=2",
    "grpo, --num_generations=2 --beta=0.1 --steps_per_generation=4 --use_peft=true --kl_limit=1000",
    "rloo, --num_generations=2 --beta=0.1 --steps_per_generation=4 --num_iterations=2",
    "rloo, --num_generations=2 --beta=0.1 --steps_per_generation=4 --use_peft=true",
  })
  void killsLeaveTheSameRewardsAndRollouts(String method, String options, @TempDir Path folder)
      throws Exception {
    KilledRunIT.killAndCompare(
        ChildRun.of(method, folder, options.split(" ")), folder, KilledRunIT.KILLS - 1);
  }
}
