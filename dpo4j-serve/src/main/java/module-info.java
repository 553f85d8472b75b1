/* SPDX-License-Identifier: Apache-2.0 */
/** An HTTP server that speaks OpenAI's protocol for a model. */
module dev.dpo4j.serve {
  requires static transitive org.jspecify;
  requires transitive dev.dpo4j.core;
  requires transitive dev.dpo4j.web;
  requires org.slf4j;
  requires tools.jackson.databind;

  exports dev.dpo4j.serve;
}
