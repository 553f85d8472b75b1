/* SPDX-License-Identifier: Apache-2.0 */
/** Weights that are divided among the processes of a run, unit by unit. */
@NullMarked
package dev.dpo4j.nn.shard;

import org.jspecify.annotations.NullMarked;
