/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of a GGUF file say about its model, in the terms of a Hugging Face config.json.
 *
 * @param architecture the family in llama.cpp
 * @param className the class of transformers, such as {@code LlamaForCausalLM}
 * @param fields fields of config.json: Long, Double, Boolean, String, or a Map for the rotary
 *     embedding
 * @param tieWordEmbeddings whether head and embedding are one matrix
 * @param droppedTensor which of {@code lm_head.weight} and {@code model.embed_tokens.weight} is
 *     left out because the file stores the one matrix twice; null for none
 * @param queryHeads heads of queries whose rows are interleaved; 0 when rows are in order
 * @param keyHeads heads of keys whose rows are interleaved; 0 when rows are in order
 */
public record GgufDescription(
    GgufArchitecture architecture,
    String className,
    Map<String, Object> fields,
    boolean tieWordEmbeddings,
    @Nullable String droppedTensor,
    int queryHeads,
    int keyHeads) {
  /** Copies the map. */
  public GgufDescription {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /**
   * Describes an open file.
   *
   * @throws GgufException with all that is missing or not supported
   */
  public static GgufDescription of(GgufFile file) {
    return new GgufDescriber(file).describe();
  }

  /** Heads whose rows are interleaved in a tensor of the file; 0 when they are in order. */
  public int rotaryHeads(String name) {
    return GgufNames.projects(name, 'q')
        ? queryHeads
        : GgufNames.projects(name, 'k') ? keyHeads : 0;
  }
}
