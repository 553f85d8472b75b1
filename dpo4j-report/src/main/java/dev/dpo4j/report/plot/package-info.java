/* SPDX-License-Identifier: Apache-2.0 */
/** Draws a run as one picture, for people without a browser. */
@NullMarked
package dev.dpo4j.report.plot;

import org.jspecify.annotations.NullMarked;
