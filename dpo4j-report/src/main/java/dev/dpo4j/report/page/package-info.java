/* SPDX-License-Identifier: Apache-2.0 */
/** Writes the page of one run, or of several side by side. */
@NullMarked
package dev.dpo4j.report.page;

import org.jspecify.annotations.NullMarked;
