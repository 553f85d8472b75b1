/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

/**
 * An answer as tokens.
 *
 * <p>The array is not copied; nobody may change it.
 *
 * @param ids its tokens, with the one that ended it; none is possible
 * @param ended whether it came to its end by itself; false where it was cut at the limit of tokens
 */
@SuppressWarnings("ArrayRecordComponent") // tokens on their way to the model; never compared
public record Completion(int[] ids, boolean ended) {}
