/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import org.jspecify.annotations.Nullable;

/**
 * Says how pairs become token ids.
 *
 * @param limits how much of a prompt and an answer is kept
 * @param dropIdenticalPairs whether pairs with two equal answers are left out (they have no
 *     gradient); TRL trains on them
 * @param dropDifferingHistories whether pairs are left out whose answers hold turns of the user;
 *     TRL trains on these turns
 */
public record TokenizeOptions(
    LengthLimits limits, boolean dropIdenticalPairs, boolean dropDifferingHistories) {

  /** Most tokens of prompt and answer together, or null for no limit. */
  public @Nullable Integer maxLength() {
    return limits.maxLength();
  }

  /** Options that train on the turns of the user inside answers, as TRL does. */
  public TokenizeOptions(LengthLimits limits, boolean dropIdenticalPairs) {
    this(limits, dropIdenticalPairs, false);
  }

  /** Returns options with a limit (null for none) that train on equal answers, as TRL does. */
  public static TokenizeOptions ofMaxLength(@Nullable Integer maxLength) {
    return new TokenizeOptions(LengthLimits.ofMaxLength(maxLength), false);
  }
}
