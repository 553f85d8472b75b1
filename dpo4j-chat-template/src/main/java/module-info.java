/* SPDX-License-Identifier: Apache-2.0 */
/** Exact Jinja for the chat templates of language models. */
module dev.dpo4j.template {
  requires static org.jspecify;

  exports dev.dpo4j.template;
}
