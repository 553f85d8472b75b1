/* SPDX-License-Identifier: Apache-2.0 */
/** Reads and writes the weights of a model folder, and lays them out in memory. */
@NullMarked
package dev.dpo4j.model.weights;

import org.jspecify.annotations.NullMarked;
