/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

/** The keys of a command that has none. */
public record NoOptions() {}
