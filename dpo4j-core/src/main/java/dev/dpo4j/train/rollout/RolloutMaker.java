/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.tokenizer.Tokenizer;
import dev.dpo4j.train.loop.RewardException;
import dev.dpo4j.train.loop.TrainListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Makes rollouts: has prompts answered and the answers judged, and measures how long both take. */
public final class RolloutMaker {
  private final RolloutSource source;
  private final Rewards rewards;
  private final Tokenizer tokenizer;
  private final int vocabulary;
  private double answering;
  private double judging;
  private long answers;
  private long tokens;

  /**
   * Makes it.
   *
   * @param tokenizer turns the tokens of an answer into its text
   * @param vocabulary rows of the model's embedding, of which some may stand for no token: they can
   *     be drawn, and have no text
   */
  public RolloutMaker(RolloutSource source, Rewards rewards, Tokenizer tokenizer, int vocabulary) {
    this.source = source;
    this.rewards = rewards;
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  /**
   * Has prompts answered and the answers judged.
   *
   * @throws RewardException if a reward fails, or the source does not give what was asked for
   */
  public Rollout make(List<RolloutRequest> requests) {
    List<RolloutSample> samples = answer(requests);
    long start = System.nanoTime();
    RewardTable table = rewards.score(samples);
    judging += (System.nanoTime() - start) / 1e9;
    return new Rollout(samples, table);
  }

  /** Has prompts answered; nobody judges the answers. */
  public List<RolloutSample> answer(List<RolloutRequest> requests) {
    long start = System.nanoTime();
    List<Completion> completions = source.complete(requests);
    answering += (System.nanoTime() - start) / 1e9;
    if (completions.size() != requests.size()) {
      throw new RewardException(
          "The source of rollouts gave %d answers to %d requests: expected one for each"
              .formatted(completions.size(), requests.size()));
    }
    List<RolloutSample> samples = new ArrayList<>();
    for (int i = 0; i < completions.size(); i++) {
      Completion completion = completions.get(i);
      RolloutRequest request = requests.get(i);
      check(completion, request);
      String text = tokenizer.decode(completion.ids(), true);
      samples.add(new RolloutSample(request.place(), request.prompt(), completion, text));
      answers++;
      tokens += completion.ids().length;
    }
    return samples;
  }

  private void check(Completion completion, RolloutRequest request) {
    for (int id : completion.ids()) {
      if (id < 0 || id >= vocabulary) {
        throw new RewardException(
            "An answer to %s has the token %d, but the model knows %d: the source of rollouts uses another vocabulary"
                .formatted(request.prompt().origin(), id, vocabulary));
      }
    }
  }

  /**
   * Says what part of the training sampling and judging took.
   *
   * @param seconds how long training took, sampling and judging counted
   */
  public void tellOfTime(TrainListener listener, double seconds) {
    if (seconds <= 0 || answers == 0) {
      return;
    }
    listener.onNote(
        "rollouts",
        String.format(
            Locale.ROOT,
            "sampling took %.0f %% of the training time (%.1f of %.1f s: %d answers, %.0f tokens/s), judging %.0f %%",
            100 * answering / seconds,
            answering,
            seconds,
            answers,
            tokens / Math.max(1e-9, answering),
            100 * judging / seconds));
  }

  /** Floating-point operations that judging some answers takes. */
  public double judgingFlos(List<RolloutSample> samples) {
    return rewards.flos(samples);
  }

  /** Seconds that answering took so far, in this process. */
  public double answeringSeconds() {
    return answering;
  }

  /** Seconds that judging took so far, in this process. */
  public double judgingSeconds() {
    return judging;
  }

  /** Answers so far, in this process. */
  public long answers() {
    return answers;
  }

  /** Tokens of the answers so far, in this process. */
  public long tokens() {
    return tokens;
  }
}
