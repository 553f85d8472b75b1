/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which revision and which part is taken of what is named on the Hub. */
record HubSourceOptions(
    @Option(
            defaultValue = "main",
            help =
                "Branch, tag or commit of a model on the Hub; the same as writing NAME@REVISION.")
        String modelRevision,
    @Option(
            help =
                "Configuration (subset) of a data set on the Hub; null uses the only one, or the "
                    + "one named default.")
        @Nullable String datasetConfig) {}
