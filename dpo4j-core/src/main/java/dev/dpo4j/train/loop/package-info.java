/* SPDX-License-Identifier: Apache-2.0 */
/** The training loop, the plan of its steps and its memory, and who listens to it. */
@NullMarked
package dev.dpo4j.train.loop;

import org.jspecify.annotations.NullMarked;
