/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.api.rl.RlooConfig;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The same as {@link NoSilentOptionTest} for the methods that train on answers of the model. */
class NoSilentRolloutOptionTest extends OptionRuns {
  @TestFactory
  @Tag("heavy") // most of its options are those of grpo
  Stream<DynamicTest> everyOptionOfPpoChangesTheRunOrIsAnError() {
    return everyKey("ppo", PpoConfig.binder());
  }

  @TestFactory
  Stream<DynamicTest> everyOptionOfGrpoChangesTheRunOrIsAnError() {
    return everyKey("grpo", GrpoConfig.binder());
  }

  @TestFactory
  @Tag("heavy") // most of its options are those of grpo
  Stream<DynamicTest> everyOptionOfRlooChangesTheRunOrIsAnError() {
    return everyKey("rloo", RlooConfig.binder());
  }

  @TestFactory
  @Tag("heavy") // most of its options are those of grpo
  Stream<DynamicTest> everyOptionOfOnlineDpoChangesTheRunOrIsAnError() {
    return everyKey("online_dpo", OnlineDpoConfig.binder());
  }
}
