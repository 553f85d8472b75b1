/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.eval.EvalSample;
import dev.dpo4j.eval.WinRate;
import dev.dpo4j.judge.RowJudge;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.dpo.PairScoring;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How often a judge prefers the answers of the model in training to those of a model before it, as
 * TRL's WinRateCallback measures it.
 *
 * <p>Give it to {@link TrainerBuilder#evalMetric} under the name {@code win_rate}. A tie counts
 * half. Where the judge gives no verdict at all, the number is NaN.
 */
public final class WinRateMetric implements ToDoubleFunction<Model> {
  private final List<String> prompts;
  private final List<String> before;
  private final int maxNewTokens;
  private final RowJudge judge;

  private WinRateMetric(
      List<String> prompts, List<String> before, int maxNewTokens, RowJudge judge) {
    this.prompts = List.copyOf(prompts);
    this.before = List.copyOf(before);
    this.maxNewTokens = maxNewTokens;
    this.judge = judge;
  }

  /**
   * Lets a model answer now; it may be the one that is trained afterwards.
   *
   * @param reference whose answers are the ones to beat
   * @param prompts user messages
   * @param maxNewTokens most tokens of an answer
   */
  public static WinRateMetric against(
      Model reference, List<String> prompts, int maxNewTokens, RowJudge judge) {
    return new WinRateMetric(
        prompts, answers(reference, prompts, maxNewTokens), maxNewTokens, judge);
  }

  private static List<String> answers(Model model, List<String> prompts, int maxNewTokens) {
    LanguageModel language = model.language();
    List<int[]> ids =
        prompts.stream()
            .map(ChatTokenizer::userMessage)
            .map(messages -> language.chat().encode(messages, null, Map.of(), true))
            .toList();
    return new PairScoring(language, ComputeOptions.float32(), (done, all) -> {})
        .answer(ids, maxNewTokens);
  }

  @Override
  public double applyAsDouble(Model policy) {
    List<Prompt> asked = prompts.stream().<Prompt>map(Prompt.Chat::ofUser).toList();
    List<EvalSample> judged =
        WinRate.judge(judge, asked, answers(policy, prompts, maxNewTokens), before, done -> {});
    return judged.stream()
        .mapToDouble(EvalSample::points)
        .filter(points -> !Double.isNaN(points))
        .average()
        .orElse(Double.NaN);
  }
}
