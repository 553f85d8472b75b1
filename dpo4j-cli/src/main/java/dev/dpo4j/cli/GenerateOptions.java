/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.generate.SamplingOptions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What generate continues, and how. */
record GenerateOptions(
    @Option(
            help =
                "Folder of the model in Hugging Face layout or of an adapter, a GGUF file, or a"
                    + " name on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(help = "What the user says; it goes through the model's chat template.")
        @Nullable String prompt,
    @Option(help = "System message before the prompt; null has none.") @Nullable String system,
    @Option(range = "[0,inf)", help = "Token ids to continue as they are, instead of prompt.")
        @Nullable List<Integer> promptIds,
    @Option(
            defaultValue = "true",
            help = "Applies the chat template; false continues the prompt as plain text.")
        boolean applyChatTemplate,
    @Option(defaultValue = "256", range = "[1,inf)", help = "Most tokens to generate.")
        int maxNewTokens,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help = "Divides the logits; 0 always takes the most probable token.")
        double temperature,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help = "Draws only from the k most probable tokens; 0 from all.")
        int topK,
    @Option(
            defaultValue = "1.0",
            range = "(0,1]",
            help = "Draws only from the most probable tokens that reach this probability together.")
        double topP,
    @Option(defaultValue = "42", help = "Seed of the draws.") long seed,
    @Option(
            defaultValue = "false",
            help = "Goes on to max_new_tokens, past tokens that end an answer.")
        boolean ignoreEos,
    @Option(defaultValue = "false", help = "Computes in bfloat16 instead of float32.") boolean bf16,
    @Option(
            defaultValue = "false",
            help = "Prints one JSON line with token_ids and text, instead of the text.")
        boolean json)
    implements Checked {

  /** Returns the options of the sampler. */
  SamplingOptions sampling() {
    return new SamplingOptions(maxNewTokens, temperature, topK, topP, seed);
  }

  @Override
  public void check(Check check) {
    if (prompt == null && promptIds == null) {
      check.fault("prompt", "is missing: set it or prompt_ids");
    }
    if (promptIds != null) {
      check.noEffect(Set.of("prompt", "system", "apply_chat_template"), "with prompt_ids");
      if (promptIds.isEmpty()) {
        check.fault("prompt_ids", "must hold at least one id");
      }
    } else if (!applyChatTemplate) {
      check.noEffect("system", "without the chat template");
    }
    if (temperature == 0) {
      check.noEffect(Set.of("top_k", "top_p", "seed"), "with temperature 0");
    }
  }
}
