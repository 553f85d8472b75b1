/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.config.Option;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.family.ModelConfig;
import org.jspecify.annotations.Nullable;

/** How answers are sampled while a model is trained. */
public record RolloutOptions(
    @Option(
            defaultValue = "1.0",
            range = "(0,inf)",
            help =
                "Temperature of the draws. The log-probabilities that are trained on are those at "
                    + "this temperature, too.")
        double temperature,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help = "Draws only from the top_k most probable tokens; 0 draws from all.")
        int topK,
    @Option(
            defaultValue = "1.0",
            range = "(0,1]",
            help = "Draws only from the most probable tokens that together reach this probability.")
        double topP,
    @Option(
            range = "[0,1]",
            help =
                "Draws only from tokens with at least this share of the highest probability; null "
                    + "draws from all.")
        @Nullable Double minP,
    @Option(
            defaultValue = "1.0",
            range = "(0,inf)",
            help = "Makes tokens less probable that stand in the prompt or the answer already.")
        double repetitionPenalty,
    @Option(
            defaultValue = "32",
            range = "[1,1024]",
            help =
                "Most answers that are sampled at a time. More are faster and take more memory; the"
                    + " answers are the same up to rounding.",
            difference = "Not in TRL, which samples all answers of a rollout at a time.")
        int rolloutBatchSize,
    @Option(
            range = "(0,inf)",
            help =
                "Stops the run where the KL divergence of a rollout, in nats an answer, is greater;"
                    + " the result is the model of the last rollout below it. null means no limit.",
            difference = "Not in TRL.")
        @Nullable Double klLimit) {

  /** Room by which the memory of a sequence grows, in tokens. */
  private static final int ROOM = 128;

  /** Bytes that a weight takes while it is packed: scaled, in 16 bits, and widened again. */
  private static final long MAKING = 10;

  /** How tokens are chosen. */
  public SamplingOptions sampling(int maxNewTokens) {
    return new SamplingOptions(
        maxNewTokens, temperature, topK, topP, minP == null ? 0 : minP, repetitionPenalty, 0);
  }

  /**
   * Bytes that sampling takes at its peak: keys and values of all sequences, copies of the weights
   * that products of few rows are faster with, what making the largest of those takes, and a row of
   * logits for each sequence.
   *
   * @param weightBytes bytes of the model's weights
   * @param answers answers of a rollout
   * @param longest most tokens of prompt and answer together
   */
  public long bytes(ModelConfig model, long weightBytes, int answers, int longest) {
    long sequences = Math.min(rolloutBatchSize, answers) + 1L;
    long room = ((long) longest + ROOM - 1) / ROOM * ROOM;
    long perToken = 2L * model.layers() * model.kvHeads() * model.headDim() * Float.BYTES;
    long logits = 2 * sequences * model.vocabSize() * Float.BYTES;
    long making = MAKING * model.vocabSize() * model.hiddenSize();
    return weightBytes + making + sequences * room * perToken + logits;
  }
}
