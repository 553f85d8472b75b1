/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

/** Ends a command with exit code 1 and a message that says everything. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailure(String message) {
    super(message);
  }
}
