/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

/** The sizes of a model that switches follow from. */
public record Sizes(int hidden, int layers, int heads, int kvHeads, int headDim) {}
