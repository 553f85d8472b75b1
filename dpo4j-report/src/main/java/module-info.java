/* SPDX-License-Identifier: Apache-2.0 */
/** Reads a run folder and writes its page, and compares runs; without the engine. */
module dev.dpo4j.report {
  requires static transitive org.jspecify;
  requires java.desktop;
  requires transitive dev.dpo4j.io;
  requires tools.jackson.databind;

  exports dev.dpo4j.report;
  exports dev.dpo4j.report.run;
}
