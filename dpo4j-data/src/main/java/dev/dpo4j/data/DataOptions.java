/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.config.Option;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.token.TokenizeOptions;
import org.jspecify.annotations.Nullable;

/** Which preference pairs a run reads. */
public record DataOptions(
    @Option(help = "Data") DatasetOptions dataset,
    @Option(
            defaultValue = "false",
            help =
                "Drops pairs whose two answers are equal. They have no gradient and are counted "
                    + "either way.",
            difference = "TRL trains on them without a word.")
        boolean dropIdenticalPairs,
    @Option(
            defaultValue = "false",
            help =
                "Whether pairs are left out whose answers hold turns of the user, because their "
                    + "conversations part early; they are counted either way.",
            difference = "TRL trains on the user's words in them without a word.")
        boolean dropDifferingHistories,
    @Option(help = "Ranked answers") RankedOptions ranked) {

  /** Most tokens of prompt and answer together; null for no limit. */
  public @Nullable Integer maxLength() {
    return dataset.maxLength();
  }

  /** Returns what the tokeniser of pairs needs of these options. */
  public TokenizeOptions tokenizeOptions() {
    return new TokenizeOptions(dataset.limits(), dropIdenticalPairs, dropDifferingHistories);
  }
}
