/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which model foretells rewards. */
public record PpoModelOptions(
    @Option(
            help =
                "Folder that the value model begins with; null means the reward model where there is "
                    + "one that reads the policy's tokens, else the policy with a new head.",
            difference = "TRL's script always takes the reward model.")
        @Nullable String valueModelPath) {}
