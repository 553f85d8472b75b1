/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.RowsPerPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The answers of a rollout laid out for a model, with one entry for each of their places.
 *
 * @param trees prompt and answer of each
 * @param passSize how many rows go through the model at once
 */
record EpisodeLayout(List<FlatBatch.Tree> trees, RowsPerPass passSize) {

  /** What a place contributes to the gradient. */
  interface Pull {
    /**
     * The derivative of the loss by what the model says of a place.
     *
     * @param episode the answer
     * @param place the token of the answer, counted from 0
     * @param said its log-probability, or the value before it
     * @param entropy of the distribution that the token was drawn from; 0 for values
     */
    double of(int episode, int place, double said, double entropy);
  }

  /** The tokens of the answers, for a language model. */
  static EpisodeLayout ofTokens(List<Episode> episodes, RowsPerPass passSize) {
    return new EpisodeLayout(
        episodes.stream()
            .map(episode -> FlatBatch.Tree.single(episode.prompt(), episode.answer()))
            .toList(),
        passSize);
  }

  /** The places that have values, for a critic. */
  static EpisodeLayout ofPlaces(List<Episode> episodes, int longest, RowsPerPass passSize) {
    return new EpisodeLayout(
        episodes.stream()
            .map(
                episode ->
                    FlatBatch.Tree.single(
                        episode.prompt(),
                        // What follows the last token is a label alone.
                        Arrays.copyOf(episode.answer(), episode.places(longest))))
            .toList(),
        passSize);
  }

  private List<int[]> passes(int[] episodes) {
    return passSize.split(episodes, episode -> trees.get(episode).rows());
  }

  /** Rows of the largest pass over those episodes. */
  long longestPass(int[] episodes) {
    return passes(episodes).stream()
        .mapToLong(pass -> IntStream.of(pass).mapToLong(i -> trees.get(i).rows()).sum())
        .max()
        .orElse(0);
  }

  private FlatBatch batch(int[] pass) {
    return FlatBatch.of(Arrays.stream(pass).mapToObj(trees::get).toList());
  }

  /** What a model says of every place of every answer. */
  List<double[]> score(CausalLm model) {
    List<double[]> said = new ArrayList<>();
    for (int[] pass : passes(IntStream.range(0, trees.size()).toArray())) {
      FlatBatch batch = batch(pass);
      float[] stats = model.score(batch, Want.LOGPS).logps();
      for (int i = 0; i < pass.length; i++) {
        double[] ofAnswer = new double[batch.entryEnd(i) - batch.entryStart(i)];
        for (int place = 0; place < ofAnswer.length; place++) {
          ofAnswer[place] = stats[batch.entryStart(i) + place];
        }
        said.add(ofAnswer);
      }
    }
    return said;
  }

  /** Adds the gradient of a loss of those answers to the model's gradients. */
  void train(CausalLm model, int[] episodes, Want want, Pull pull) {
    for (int[] pass : passes(episodes)) {
      FlatBatch batch = batch(pass);
      try (CausalLm.Pass forward = model.forward(batch, want)) {
        TokenStats stats = forward.stats();
        float[] weights = new float[batch.entries()];
        for (int i = 0; i < pass.length; i++) {
          int start = batch.entryStart(i);
          for (int entry = start; entry < batch.entryEnd(i); entry++) {
            weights[entry] =
                (float)
                    pull.of(pass[i], entry - start, stats.logps()[entry], stats.entropies()[entry]);
          }
        }
        forward.backward(weights);
      }
    }
  }
}
