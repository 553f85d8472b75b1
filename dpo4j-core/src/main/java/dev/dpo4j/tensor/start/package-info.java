/* SPDX-License-Identifier: Apache-2.0 */
/** The files of the engine: where they are unpacked, and how two engines live in one process. */
@NullMarked
package dev.dpo4j.tensor.start;

import org.jspecify.annotations.NullMarked;
