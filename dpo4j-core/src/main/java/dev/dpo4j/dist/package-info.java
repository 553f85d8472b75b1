/* SPDX-License-Identifier: Apache-2.0 */
/** A run over several processes: who takes part, how they meet, and what they compute together. */
@NullMarked
package dev.dpo4j.dist;

import org.jspecify.annotations.NullMarked;
