/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.io.PrintStream;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err logs, progress and faults
 * @param status the line below everything that is written to err
 * @param terminal what kind of screen is behind err
 */
public record Console(PrintStream out, PrintStream err, StatusStream status, Terminal terminal) {}
