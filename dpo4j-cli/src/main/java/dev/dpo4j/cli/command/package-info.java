/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the commands share: options from flags and files, names on the Hub, exit codes,
 * interruption.
 */
@NullMarked
package dev.dpo4j.cli.command;

import org.jspecify.annotations.NullMarked;
