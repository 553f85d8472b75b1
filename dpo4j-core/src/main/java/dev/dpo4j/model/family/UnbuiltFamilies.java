/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Well-known families that are not built, with what each of them would need. */
final class UnbuiltFamilies {
  private static final String EXPERTS = "layers with experts";
  private static final String STATES = "layers that keep a state in the place of keys and values";

  /** Names without case and underscores, up to the model's task, to what is missing. */
  private static final Map<String, String> NEEDS = needs();

  private UnbuiltFamilies() {}

  private static Map<String, String> needs() {
    Map<String, String> needs = new LinkedHashMap<>();
    needs.put("ministral3", "queries whose scale grows with the position");
    needs.put("mistral3", "the text part of a model with vision, as Ministral 3");
    needs.put("mixtral", EXPERTS + " under Mixtral's names");
    needs.put(
        "granitemoe", EXPERTS + " whose gate and up are one matrix, and Granite's multipliers");
    needs.put("granitemoeshared", EXPERTS + " and one that all tokens pass");
    needs.put("granitemoehybrid", STATES + " (Mamba 2), and experts");
    needs.put("qwen2moe", EXPERTS + " and a gated one that all tokens pass");
    needs.put("qwen3next", STATES + " (gated delta nets), and experts");
    needs.put("qwen35", STATES + " (gated delta nets)");
    needs.put("qwen35text", STATES + " (gated delta nets)");
    needs.put("qwen35moe", STATES + " (gated delta nets), and experts");
    needs.put(
        "gptoss", "attention with sinks, experts with biases and a bounded gate, MXFP4 weights");
    needs.put("gemma", "the norms of Gemma 3 without those behind the branches");
    needs.put("gemma3n", "embeddings of each layer and alternating updates");
    needs.put("gemma4", "layers that share keys and values, and heads of several sizes");
    needs.put(
        "llama4", EXPERTS + ", attention in chunks, queries whose scale grows with the position");
    needs.put("glm", "a bias at query, key and value without norms behind the branches");
    needs.put("glm4moe", EXPERTS + " and one that all tokens pass");
    needs.put("phi", "parallel branches and layer norms");
    needs.put("phimoe", EXPERTS + " and layer norms");
    needs.put("olmo", "layer norms without weights, and clipped projections");
    needs.put("olmoe", EXPERTS + " and norms over all heads");
    needs.put("ernie45moe", EXPERTS + " and some that all tokens pass");
    needs.put("hunyuanv1moe", EXPERTS + " and one that all tokens pass");
    needs.put("deepseekv2", "latent attention and experts");
    needs.put("deepseekv3", "latent attention and experts");
    needs.put("minimax", STATES + " (lightning attention), and experts");
    needs.put("cohere", "parallel branches and layer norms");
    needs.put("cohere2", "parallel branches and layer norms");
    needs.put("exaone4", "windows without rotation and norms behind the branches");
    needs.put("starcoder2", "layer norms and a block without a gate");
    needs.put("stablelm", "layer norms");
    needs.put("gptneox", "parallel branches and layer norms");
    needs.put("gpt2", "learnt positions and layer norms");
    needs.put("opt", "learnt positions and layer norms");
    needs.put("bloom", "attention that is biased by distance");
    needs.put("falcon", "parallel branches and layer norms");
    needs.put("falconh1", STATES + " (Mamba 2)");
    needs.put("mamba", STATES);
    needs.put("mamba2", STATES);
    needs.put("bamba", STATES + " (Mamba 2)");
    needs.put("nemotronh", STATES + " (Mamba 2)");
    needs.put("lfm2", "layers of short convolutions");
    needs.put("t5", "an encoder");
    needs.put("qwen2vl", "the text part of a model with vision");
    needs.put("qwen25vl", "the text part of a model with vision");
    needs.put("qwen3vl", "the text part of a model with vision");
    needs.put("llava", "the text part of a model with vision");
    needs.put("mllama", "layers that look at images");
    return needs;
  }

  /** What a family would need, by its class name or its model_type; empty where it is unknown. */
  static Optional<String> needs(String name) {
    String family =
        name.replaceAll("(ForCausalLM|ForConditionalGeneration|LMHeadModel|LMHead)$", "")
            .replace("_", "")
            .toLowerCase(Locale.ROOT);
    return Optional.ofNullable(NEEDS.get(family))
        .map(needs -> ". The family of %s is not built: it would need %s".formatted(name, needs));
  }
}
