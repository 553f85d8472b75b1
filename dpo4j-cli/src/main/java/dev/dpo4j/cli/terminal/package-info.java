/* SPDX-License-Identifier: Apache-2.0 */
/** Draws on a terminal: progress, tables and plots, as pure functions from values to text. */
@NullMarked
package dev.dpo4j.cli.terminal;

import org.jspecify.annotations.NullMarked;
