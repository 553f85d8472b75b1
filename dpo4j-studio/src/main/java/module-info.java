/* SPDX-License-Identifier: Apache-2.0 */
/** Web pages on loopback, on which people label pairs and watch runs. */
module dev.dpo4j.studio {
  requires static transitive org.jspecify;
  requires transitive dev.dpo4j.curate;
  requires dev.dpo4j.report;
  requires transitive dev.dpo4j.web;
  requires org.commonmark;
  requires org.commonmark.ext.gfm.strikethrough;
  requires org.commonmark.ext.gfm.tables;
  requires org.slf4j;
  requires tools.jackson.databind;

  exports dev.dpo4j.studio.label;
  exports dev.dpo4j.studio.launch;
  exports dev.dpo4j.studio.watch;
}
