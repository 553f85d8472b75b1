/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a model says to the held-out prompts, and which answer of each held-out pair it prefers.
 *
 * @param answers its own answer to each prompt, the most probable token taken each time
 * @param preferred pairs whose chosen answer has the higher log-probability, summed over its tokens
 * @param shrugs own answers that are one of the forum's dismissals, to the letter
 * @param wanted own answers that equal the chosen answer, to the letter
 */
public record DemoExam(List<String> answers, int preferred, int shrugs, int wanted) {
  private static final int LONGEST_ANSWER = 80;

  /** Copies the list. */
  public DemoExam {
    answers = List.copyOf(answers);
  }

  /** The share of the pairs whose chosen answer is the more probable one. */
  public double accuracy() {
    return (double) preferred / answers.size();
  }

  /**
   * Asks all questions.
   *
   * @return null where it was asked to stop before the last one
   */
  static @Nullable DemoExam take(
      Path folder, Path heldOut, DemoData data, BooleanSupplier stopRequested) {
    try (LanguageModel model = LanguageModel.load(folder);
        CausalLm network = model.compute(ComputeOptions.float32());
        GenerationEngine engine = new GenerationEngine(network, model.tokenizer(), 1)) {
      List<TokenizedPair> pairs =
          PreferenceRows.read(heldOut)
              .tokenize(model.chat(), TokenizeOptions.ofMaxLength(null))
              .pairs();
      Set<String> dismissals = data.dismissals();
      List<String> answers = new ArrayList<>();
      int preferred = 0;
      int shrugs = 0;
      int wanted = 0;
      for (int i = 0; i < pairs.size(); i++) {
        if (stopRequested.getAsBoolean()) {
          return null;
        }
        String answer = answer(model, engine, pairs.get(i).promptIds());
        answers.add(answer);
        preferred += prefersChosen(network, pairs.get(i)) ? 1 : 0;
        shrugs += dismissals.contains(answer) ? 1 : 0;
        wanted += answer.equals(data.heldOut().get(i).chosen()) ? 1 : 0;
      }
      return new DemoExam(answers, preferred, shrugs, wanted);
    }
  }

  private static String answer(LanguageModel model, GenerationEngine engine, int[] prompt) {
    StopRules stops = new StopRules(Set.copyOf(model.config().eosTokenIds()), List.of());
    SamplingOptions greedy = SamplingOptions.greedy(LONGEST_ANSWER);
    return engine.answer(GenerationRequest.of(prompt, greedy, stops)).text().strip();
  }

  private static boolean prefersChosen(CausalLm network, TokenizedPair pair) {
    FlatBatch batch =
        FlatBatch.of(
            List.of(FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
    TokenStats stats = network.score(batch, Want.LOGPS);
    return stats.sumLogps(batch.entryStart(0), batch.entryEnd(0))
        > stats.sumLogps(batch.entryStart(1), batch.entryEnd(1));
  }
}
