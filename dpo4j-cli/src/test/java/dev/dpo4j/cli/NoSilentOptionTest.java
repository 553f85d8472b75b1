/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.api.SftConfig;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * No option is ignored in silence: another value of any key of a method of training changes what a
 * run leaves behind, or is an error.
 *
 * <p>A new key fails here until it has a value in {@link OptionFlips} or a reason in {@link
 * NeutralOptions}.
 */
class NoSilentOptionTest extends OptionRuns {
  @TestFactory
  Stream<DynamicTest> everyOptionOfDpoChangesTheRunOrIsAnError() {
    return everyKey("dpo", DpoConfig.binder());
  }

  @TestFactory
  Stream<DynamicTest> everyOptionOfSftChangesTheRunOrIsAnError() {
    return everyKey("sft", SftConfig.binder());
  }

  @TestFactory
  Stream<DynamicTest> everyOptionOfKtoChangesTheRunOrIsAnError() {
    return everyKey("kto", KtoConfig.binder());
  }

  @TestFactory
  Stream<DynamicTest> everyOptionOfRewardChangesTheRunOrIsAnError() {
    return everyKey("reward", RewardConfig.binder());
  }

  @Test
  void whatSavesMemoryGivesTheSameNumbers() {
    for (String method : List.of("dpo", "kto")) {
      for (String peft : List.of("false", "true")) {
        Map<String, String> flags = base(method);
        flags.put("use_peft", peft);
        String numbers = runOnce(method, flags);
        flags.put("precompute_ref_log_probs", "false");
        flags.put("gradient_checkpointing", "true");
        flags.put("optim", "adamw_torch");
        assertThat(run(method, flags)).isEqualTo(numbers);
      }
    }
  }
}
