/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import org.jspecify.annotations.Nullable;

/**
 * Says how pairs become token ids.
 *
 * @param maxLength most tokens of prompt and answer together, or null for no limit; sequences that
 *     are longer lose their end
 * @param dropIdenticalPairs whether pairs with two equal answers are left out (they have no
 *     gradient); TRL trains on them
 * @param dropDifferingHistories whether pairs are left out whose answers hold turns of the user;
 *     TRL trains on these turns
 */
public record TokenizeOptions(
    @Nullable Integer maxLength, boolean dropIdenticalPairs, boolean dropDifferingHistories) {
  public TokenizeOptions {
    if (maxLength != null && maxLength < 1) {
      throw new IllegalArgumentException("max_length must be at least 1 but was " + maxLength);
    }
  }

  /** Options that train on the turns of the user inside answers, as TRL does. */
  public TokenizeOptions(@Nullable Integer maxLength, boolean dropIdenticalPairs) {
    this(maxLength, dropIdenticalPairs, false);
  }

  /** Returns options with a limit (null for none) that train on equal answers, as TRL does. */
  public static TokenizeOptions ofMaxLength(@Nullable Integer maxLength) {
    return new TokenizeOptions(maxLength, false);
  }
}
