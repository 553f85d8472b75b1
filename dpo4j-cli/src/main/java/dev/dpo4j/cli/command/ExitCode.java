/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

/** What the process returns; scripts rely on it. */
public enum ExitCode {
  /** The command did what was asked. */
  DONE(0, "done"),
  /** Something failed that is none of the below: a full disk, a loss that is not finite. */
  FAILURE(1, "failure"),
  /** The command line or the configuration is wrong. */
  USAGE(2, "usage or configuration"),
  /** The data cannot be used. */
  DATA(3, "data"),
  /** The model or its tokenizer cannot be used, or the Hub does not give it. */
  MODEL(4, "model or Hub"),
  /** The command did its work, and a figure is below the threshold that was asked for. */
  BELOW_THRESHOLD(5, "below the threshold"),
  /** Another process of the run is gone, does not answer, or runs something else. */
  OTHER_RANK(6, "another rank"),
  /** SIGTERM: the step was finished and a checkpoint saved; the same command may go on. */
  TERMINATED(75, "terminated"),
  /** Ctrl-C: the step was finished and the state saved. */
  INTERRUPTED(130, "interrupted");

  /** What shells report for a process that SIGTERM ended: nothing was there to be saved. */
  static final int TERMINATED_AT_ONCE = 143;

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  public int code() {
    return code;
  }

  public String meaning() {
    return meaning;
  }
}
