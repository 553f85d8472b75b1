/* SPDX-License-Identifier: Apache-2.0 */
/** The commands that look at this machine: what it has, and how fast it trains. */
@NullMarked
package dev.dpo4j.cli.machine;

import org.jspecify.annotations.NullMarked;
