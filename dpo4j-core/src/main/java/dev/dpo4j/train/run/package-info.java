/* SPDX-License-Identifier: Apache-2.0 */
/** Puts a run together from its method, plan and output, and starts the loop. */
@NullMarked
package dev.dpo4j.train.run;

import org.jspecify.annotations.NullMarked;
