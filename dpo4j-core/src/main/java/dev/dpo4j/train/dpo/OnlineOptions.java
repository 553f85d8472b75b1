/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** How preference pairs are made of the policy's own answers. */
public record OnlineOptions(
    @Option(
            defaultValue = "2",
            range = "[2,256]",
            help =
                "Answers that are sampled to each prompt; the best and the worst of them make a pair.",
            difference = "TRL always samples two.")
        int numGenerations,
    @Option(
            defaultValue = "1",
            range = "[1,inf)",
            help =
                "Optimizer steps between two rollouts: the answers to the prompts of so many steps are "
                    + "sampled at once, by the policy as it is then. 1 is online, more is iterative DPO.",
            difference = "TRL samples for every step.")
        int rolloutSteps,
    @Option(
            range = "(0,inf)",
            help =
                "Taken off the reward of an answer that was cut at max_completion_length; null takes "
                    + "nothing off.")
        @Nullable Double missingEosPenalty) {}
