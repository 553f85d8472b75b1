/* SPDX-License-Identifier: Apache-2.0 */
/** Lays several examples into one row of a batch, so that little room is left empty. */
@NullMarked
package dev.dpo4j.data.packing;

import org.jspecify.annotations.NullMarked;
