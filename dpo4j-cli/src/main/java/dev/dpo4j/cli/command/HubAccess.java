/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

/** The command line around a command, which knows how to reach the Hub. */
public interface HubAccess {
  /** Returns what turns names on the Hub into folders. */
  HubNames names();
}
