/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.CausalLm;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/** Continues a prompt token by token, with the keys and values of earlier tokens kept. */
public final class Generator {
  private final CausalLm model;
  private final Set<Integer> stopIds;

  /**
   * Makes a generator.
   *
   * @param stopIds tokens that end an answer; they are not part of it. Empty to run to the limit
   */
  public Generator(CausalLm model, Set<Integer> stopIds) {
    this.model = model;
    this.stopIds = Set.copyOf(stopIds);
  }

  /** Generates an answer to a prompt. */
  public int[] generate(int[] prompt, SamplingOptions options) {
    return generate(prompt, options, id -> {});
  }

  /**
   * Generates an answer to a prompt.
   *
   * @param onToken told each token as it is chosen
   */
  public int[] generate(int[] prompt, SamplingOptions options, IntConsumer onToken) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens: nothing to continue");
    }
    List<Integer> answer = new ArrayList<>();
    Sampler sampler = new Sampler(options);
    try (CausalLm.Decoder decoder = model.decoder(prompt.length + options.maxNewTokens())) {
      float[] logits = decoder.read(prompt);
      for (int i = 0; i < options.maxNewTokens(); i++) {
        int id = sampler.next(logits);
        if (stopIds.contains(id)) {
          break;
        }
        answer.add(id);
        onToken.accept(id);
        if (i + 1 < options.maxNewTokens()) {
          logits = decoder.read(id);
        }
      }
    }
    return answer.stream().mapToInt(Integer::intValue).toArray();
  }
}
