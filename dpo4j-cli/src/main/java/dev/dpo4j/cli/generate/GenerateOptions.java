/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.model.weights.PrecisionOptions;
import java.nio.file.Path;
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
    @Option(help = "The user's message; the model's chat template is applied to it.")
        @Nullable String prompt,
    @Option(help = "System message for the prompt, or for every prompt of the file; null for none.")
        @Nullable String system,
    @Option(range = "[0,inf)", help = "Token ids to continue as they are, used instead of prompt.")
        @Nullable List<Integer> promptIds,
    @Option(
            help =
                "File of prompts to answer, used instead of prompt: JSONL with strings or rows in "
                    + "any format, or .txt with one prompt per line.")
        @Nullable Path prompts,
    @Option(
            help =
                "JSONL file for the answers to prompts; rows that are already in it are skipped.")
        @Nullable Path output,
    @Option(
            help =
                "Second model that also answers every prompt and provides half of the responses of "
                    + "each row.")
        @Nullable String secondModelNameOrPath,
    @Option(defaultValue = "1", range = "[1,inf)", help = "Number of answers per model and prompt.")
        int numReturnSequences,
    @Option(
            defaultValue = "8",
            range = "[1,4096]",
            help = "Maximum number of answers generated at a time for a file of prompts.")
        int batchSize,
    @Option(
            defaultValue = "true",
            help = "Applies the chat template; false continues the prompt as plain text.")
        boolean applyChatTemplate,
    @Option(defaultValue = "256", range = "[1,inf)", help = "Maximum number of tokens to generate.")
        int maxNewTokens,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help = "Divides the logits; 0 always takes the most probable token.",
            difference = "transformers writes do_sample=False for 0.")
        double temperature,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help = "Draws only from tokens at least as probable as the k-th; 0 from all.",
            difference = "The default of transformers is 50.")
        int topK,
    @Option(
            defaultValue = "1.0",
            range = "(0,1]",
            help = "Draws only from the most probable tokens that reach this probability together.")
        double topP,
    @Option(
            defaultValue = "0.0",
            range = "[0,1]",
            help = "Draws only from tokens with at least this share of the highest probability.")
        double minP,
    @Option(
            defaultValue = "1.0",
            range = "(0,inf)",
            help = "Makes tokens of the prompt and the answer less probable where it is above 1.")
        double repetitionPenalty,
    @Option(
            aliases = "stop",
            help =
                "Texts that end an answer, such as --stop_strings \"User:\" or, with commas and"
                    + " line ends, '[\"\\n\\n\", \"a, b\"]'.",
            difference = "The answer ends before the text; transformers leaves it in.")
        @Nullable List<String> stopStrings,
    @Option(
            defaultValue = "42",
            help = "Seed of the draws; with prompts each answer has its own, made from it.")
        long seed,
    @Option(
            defaultValue = "false",
            help = "Goes on to max_new_tokens, past tokens that end an answer.")
        boolean ignoreEos,
    @Option(
            range = "[1,64]",
            help =
                "Guesses up to that many tokens from what followed the last ones before, and proves"
                    + " them in one pass; no answer changes. Helps where answers quote the prompt.")
        @Nullable Integer promptLookupNumTokens,
    @Option(
            help =
                "Smaller model with the same tokens that guesses for the model; no answer changes.")
        @Nullable String assistantModel,
    @Option(
            defaultValue = "5",
            range = "[1,64]",
            help = "Tokens that assistant_model guesses at a time.",
            difference = "transformers changes the number as it goes.")
        int numAssistantTokens,
    @Option(
            defaultValue = "false",
            help =
                "Makes each answer the same to the last bit whatever else is in the batch; slower.")
        boolean batchInvariant,
    @Option(help = "Precision") PrecisionOptions precision,
    @Option(help = "Weights in 4 or 8 bits") PackingOptions packing,
    @Option(help = "Device") DeviceOptions device,
    @Option(
            defaultValue = "false",
            help =
                "Prints one JSON line: token_ids and text, or with prompts what was done and how"
                    + " fast.")
        boolean json)
    implements Checked {

  /** Returns the options of the sampler. */
  SamplingOptions sampling() {
    return new SamplingOptions(
        maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, seed);
  }

  /** Returns the texts that end an answer, possibly none. */
  List<String> stops() {
    return stopStrings == null ? List.of() : stopStrings;
  }

  @Override
  public void check(Check check) {
    if (prompts != null) {
      check.noEffect(Set.of("prompt", "prompt_ids"), "with prompts");
      if (output == null) {
        check.fault("output", "is missing: name the JSONL file for the answers");
      }
    } else {
      checkSingle(check);
    }
    if (!applyChatTemplate) {
      check.noEffect("system", "without the chat template");
    }
    if (temperature == 0) {
      check.noEffect(Set.of("top_k", "top_p", "min_p", "seed"), "with temperature 0");
      if (numReturnSequences > 1) {
        check.fault(
            "num_return_sequences",
            "would repeat the same answer with temperature 0: set temperature above 0");
      }
    }
    if (precision.isInt8() && batchInvariant) {
      check.fault("batch_invariant", "is not possible with decode_weights: int8");
    }
    if (assistantModel == null) {
      check.noEffect("num_assistant_tokens", "without assistant_model");
    } else {
      check.noEffect("prompt_lookup_num_tokens", "with assistant_model");
      if (secondModelNameOrPath != null) {
        check.fault("assistant_model", "can guess for one model, not for two");
      }
    }
    if (stops().stream().anyMatch(String::isEmpty)) {
      check.fault(
          "stop_strings",
          "must not hold an empty text; write commas and line ends as '[\", \", \"\\n\"]'");
    }
  }

  private void checkSingle(Check check) {
    check.noEffect(
        Set.of("output", "second_model_name_or_path", "num_return_sequences", "batch_size"),
        "without prompts");
    if (prompt == null && promptIds == null) {
      check.fault("prompt", "is missing: set it, prompt_ids or prompts");
    }
    if (promptIds != null) {
      check.noEffect(Set.of("prompt", "system", "apply_chat_template"), "with prompt_ids");
      if (promptIds.isEmpty()) {
        check.fault("prompt_ids", "must hold at least one id");
      }
    }
  }
}
