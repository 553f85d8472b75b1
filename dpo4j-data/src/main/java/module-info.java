/* SPDX-License-Identifier: Apache-2.0 */
/** Reads, checks and tokenises preference data, and reads configurations; without the engine. */
module dev.dpo4j.data {
  // The binder of configurations reads @Nullable while the program runs.
  requires transitive org.jspecify;
  requires transitive dev.dpo4j.io;
  requires transitive dev.dpo4j.template;
  requires ai.djl.tokenizers;
  requires de.siegmar.fastcsv;
  requires java.sql;
  requires org.slf4j;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.yaml;
  // An application that reads Parquet, Arrow or Zstandard brings these.
  requires static com.github.luben.zstd_jni;
  requires static duckdb.jdbc;
  requires static org.apache.arrow.format;

  exports dev.dpo4j.config;
  exports dev.dpo4j.config.dialect;
  exports dev.dpo4j.config.value;
  exports dev.dpo4j.data;
  exports dev.dpo4j.data.file;
  exports dev.dpo4j.data.form;
  exports dev.dpo4j.data.packing;
  exports dev.dpo4j.data.prompt;
  exports dev.dpo4j.data.row;
  exports dev.dpo4j.data.source;
  exports dev.dpo4j.data.token;
  exports dev.dpo4j.gguf;
  exports dev.dpo4j.recipe;
  exports dev.dpo4j.tokenizer;

  opens dev.dpo4j.data.token to
      tools.jackson.databind;
}
