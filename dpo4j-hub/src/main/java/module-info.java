/* SPDX-License-Identifier: Apache-2.0 */
/** The Hugging Face Hub: downloads into the shared cache, and uploads. */
module dev.dpo4j.hub {
  requires static transitive org.jspecify;
  requires java.net.http;
  requires dev.dpo4j.io;
  requires tools.jackson.databind;

  exports dev.dpo4j.hub;
  exports dev.dpo4j.hub.repo;
}
