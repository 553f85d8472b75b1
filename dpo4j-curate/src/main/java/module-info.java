/* SPDX-License-Identifier: Apache-2.0 */
/** Judges, examines and synthesises preference data; without the engine. */
module dev.dpo4j.curate {
  requires static transitive org.jspecify;
  requires transitive dev.dpo4j.data;
  requires java.net.http;
  requires org.slf4j;
  requires tools.jackson.databind;

  exports dev.dpo4j.doctor;
  exports dev.dpo4j.doctor.finding;
  exports dev.dpo4j.doctor.report;
  exports dev.dpo4j.eval;
  exports dev.dpo4j.judge;
  exports dev.dpo4j.judge.endpoint;
  exports dev.dpo4j.stats;
}
