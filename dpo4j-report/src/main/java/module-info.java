/* SPDX-License-Identifier: Apache-2.0 */
/** Reads a run folder, writes its page, compares runs and sends them on; without the engine. */
module dev.dpo4j.report {
  requires static transitive org.jspecify;
  requires java.desktop;
  requires java.net.http;
  requires transitive dev.dpo4j.io;
  requires tools.jackson.databind;

  exports dev.dpo4j.report;
  exports dev.dpo4j.report.run;

  provides dev.dpo4j.io.RunTracker with
      dev.dpo4j.report.track.MlflowTracker;
}
