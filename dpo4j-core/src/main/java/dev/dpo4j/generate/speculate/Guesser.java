/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.speculate;

/**
 * Guesses how a sequence goes on, so that a model proves several tokens in one pass.
 *
 * <p>A guess changes no answer: the model chooses each token from its own logits as it would have
 * done, and a guess only saves the pass that would have read it. With guesses that are given for
 * certain, this is what acceptance sampling comes to ("Fast Inference from Transformers via
 * Speculative Decoding", arXiv 2211.17192, algorithm 1): a drawn token is taken either way, and
 * what follows it was computed already if it is the guessed one.
 */
public interface Guesser extends AutoCloseable {

  /**
   * Returns the tokens that may come next, possibly none.
   *
   * @param tokens the whole sequence, prompt and answer
   * @param most the most tokens that are of use
   */
  int[] guess(int[] tokens, int most);

  /** Sequences up to which guessing pays: a full batch has no reading of weights to save. */
  int sequences();

  @Override
  void close();
}
