/* SPDX-License-Identifier: Apache-2.0 */
/** Reads what a run has left in its folder, whole or not. */
@NullMarked
package dev.dpo4j.report.run;

import org.jspecify.annotations.NullMarked;
