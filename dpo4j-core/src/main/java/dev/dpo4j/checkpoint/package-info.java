/* SPDX-License-Identifier: Apache-2.0 */
/** Checkpoints: what a run needs to go on later, written whole or not at all. */
@NullMarked
package dev.dpo4j.checkpoint;

import org.jspecify.annotations.NullMarked;
