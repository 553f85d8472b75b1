/* SPDX-License-Identifier: Apache-2.0 */
/** The HTTP server below the pages and below the models that are served. */
module dev.dpo4j.web {
  requires static transitive org.jspecify;
  requires transitive dev.dpo4j.data;
  requires io.javalin;
  requires org.slf4j;

  exports dev.dpo4j.web;
}
