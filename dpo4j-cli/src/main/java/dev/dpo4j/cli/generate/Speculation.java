/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.speculate.Assistant;
import dev.dpo4j.generate.speculate.Guesser;
import dev.dpo4j.generate.speculate.PromptLookup;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes engines that guess as the options say, and owns the model that guesses. */
final class Speculation implements AutoCloseable {
  /** Words, numbers, another script and a line end: tokenizers of two families differ in it. */
  private static final String PROBE = "Same tokens, 1 + 2 = \u4e09?\n";

  private final GenerateOptions options;
  private @Nullable LanguageModel model;
  private @Nullable CausalLm lm;

  Speculation(GenerateOptions options) {
    this.options = options;
  }

  /** Makes an engine; it is to be closed before this. */
  GenerationEngine engine(
      CausalLm policy, LanguageModel language, int places, ComputeOptions compute) {
    Guesser guesser = guesser(language, compute);
    try {
      return new GenerationEngine(
          policy, language.tokenizer(), places, guesser, options.batchInvariant());
    } catch (IllegalStateException e) {
      if (guesser != null) {
        guesser.close();
      }
      throw new ConfigException(
          new Fault("batch_invariant", "", "is not possible here: " + e.getMessage()));
    }
  }

  private @Nullable Guesser guesser(LanguageModel language, ComputeOptions compute) {
    String name = options.assistantModel();
    if (name == null) {
      Integer tokens = options.promptLookupNumTokens();
      return tokens == null ? null : new PromptLookup(tokens);
    }
    LanguageModel small = LanguageModel.load(Path.of(name));
    model = small;
    int[] own = language.tokenizer().encode(PROBE, false);
    if (!Arrays.equals(own, small.tokenizer().encode(PROBE, false))) {
      throw new ConfigException(
          new Fault(
              "assistant_model",
              "",
              "has other tokens than the model: choose a smaller one of the same family"));
    }
    CausalLm network = small.compute(compute);
    lm = network;
    return new Assistant(network, options.numAssistantTokens());
  }

  @Override
  public void close() {
    if (lm != null) {
      lm.close();
    }
    if (model != null) {
      model.close();
    }
  }
}
