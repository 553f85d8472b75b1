/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which models judge answers and foretell rewards. */
public record PpoModelOptions(
    @Option(
            help = "Folder of the reward model, which dpo4j reward trains.",
            difference = "TRL's default is a model on the Hub; here it must be given.")
        @Nullable String rewardModelPath,
    @Option(
            help =
                "Folder that the value model begins with; null means the reward model where that "
                    + "reads the policy's tokens, else the policy with a new head.",
            difference = "TRL's script always takes the reward model.")
        @Nullable String valueModelPath) {}
