/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/**
 * Which rows of queries see which rows of keys: span {@code i} of the queries sees span {@code i}
 * of the keys, causally, its last query the whole span.
 *
 * @param queryStarts first row of each span of queries and the end, {@code [spans + 1]}, int32
 * @param keyStarts the same of the keys
 * @param longestQueries rows of the longest span of queries
 * @param longestKeys rows of the longest span of keys
 * @param scale what the products are multiplied by
 * @param window keys that a query sees, itself included; 0 for all
 */
public record AttentionSpans(
    Tensor queryStarts,
    Tensor keyStarts,
    int longestQueries,
    int longestKeys,
    double scale,
    int window) {}
