/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/** How far a run is, as its folder tells. */
public enum RunState {
  /** A process that lives writes the folder. */
  RUNNING,
  /** It did all of its steps. */
  FINISHED,
  /** It was stopped and saved what it had. */
  STOPPED,
  /** It ended with an error. */
  FAILED,
  /** It ended without a word: the process was killed, or the machine went down. */
  KILLED,
  /** The folder does not tell; another tool wrote it, or an older version. */
  UNKNOWN
}
