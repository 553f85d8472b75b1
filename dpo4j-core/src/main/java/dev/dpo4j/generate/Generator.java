/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

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
    return generateWhile(prompt, options, id -> true);
  }

  /**
   * Generates an answer to a prompt.
   *
   * @param onToken told each token as it is chosen
   */
  public int[] generate(int[] prompt, SamplingOptions options, IntConsumer onToken) {
    return generateWhile(
        prompt,
        options,
        id -> {
          onToken.accept(id);
          return true;
        });
  }

  /**
   * Generates an answer to a prompt, as long as somebody wants it.
   *
   * @param onToken told each token as it is chosen; false ends the answer with that token
   */
  public int[] generateWhile(int[] prompt, SamplingOptions options, IntPredicate onToken) {
    List<Integer> answer = new ArrayList<>();
    Sampler sampler = new Sampler(options, prompt);
    try (Decoder decoder = model.decoder(1)) {
      float[] logits = decoder.add(prompt);
      while (true) {
        int id = sampler.next(logits, 0, logits.length);
        if (stopIds.contains(id)) {
          break;
        }
        answer.add(id);
        if (!onToken.test(id) || answer.size() == options.maxNewTokens()) {
          break;
        }
        logits = decoder.step(new int[] {id});
      }
    }
    return answer.stream().mapToInt(Integer::intValue).toArray();
  }
}
