/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** What a run is watched for. */
public record GuardOptions(
    @Option(
            defaultValue = "0.1",
            range = "(0,inf)",
            help =
                "Warns when the chosen answers have lost more than this many nats per token "
                    + "against the reference (the metric logps/chosen_shift); null never warns.",
            difference = "Not in TRL.")
        @Nullable Double displacementLimit) {}
