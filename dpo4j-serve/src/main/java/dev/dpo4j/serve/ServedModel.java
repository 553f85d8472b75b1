/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.api.Generator;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.serve.protocol.TokenTexts;
import dev.dpo4j.serve.protocol.ToolFormat;

/**
 * A model under its name.
 *
 * @param name how clients call it
 * @param generator makes its answers
 * @param context most tokens of prompt and answer
 * @param template the source of its chat template, empty for none
 * @param tools how it writes calls of tools
 * @param texts writes its tokens
 */
record ServedModel(
    String name,
    Generator generator,
    int context,
    String template,
    ToolFormat tools,
    TokenTexts texts) {
  /** Bytes that an answer takes for keys and values beyond those that are held already. */
  long missingBytes(int tokens) {
    long needed = Decoder.cacheBytes(generator.language().config(), 1, tokens);
    return Math.max(0, needed - generator.cacheBytes());
  }

  SamplingOptions defaults() {
    return generator.defaults().sampling();
  }
}
