/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/** Log-probabilities of answers from logits, as the formula says it; the trainer's are faster. */
public final class LogProbs {
  private LogProbs() {}

  /**
   * Computes the summed log-probability of each sequence's answer tokens.
   *
   * <p>{@code result[b] = sum over t >= 1 with mask[b, t] of log softmax(logits[b, t -
   * 1])[labels[b, t]]}: the logits at a position predict the next token, and only answer tokens
   * count.
   *
   * @param logits {@code [batch, length, vocabulary]}
   * @param labels token ids, {@code [batch, length]}
   * @param mask not zero at answer tokens, {@code [batch, length]}
   * @return {@code [batch]}, nats
   * @throws IllegalArgumentException if the shapes do not fit or a label is not in the vocabulary
   */
  public static double[] computeLogProbs(Tensor logits, Tensor labels, Tensor mask) {
    if (logits.rank() != 3
        || labels.rank() != 2
        || mask.rank() != 2
        || labels.size(0) != logits.size(0)
        || labels.size(1) != logits.size(1)
        || mask.size(0) != logits.size(0)
        || mask.size(1) != logits.size(1)) {
      throw new IllegalArgumentException(
          "logits [batch, length, vocabulary], labels [batch, length] and mask [batch, length] are"
              + " expected but were %s, %s and %s".formatted(logits, labels, mask));
    }
    int batch = (int) logits.size(0);
    int length = (int) logits.size(1);
    int vocabulary = (int) logits.size(2);
    int[] ids = labels.toInts();
    float[] counted = mask.toFloats();
    double[] sums = new double[batch];
    for (int b = 0; b < batch; b++) {
      for (int t = 1; t < length; t++) {
        if (counted[b * length + t] != 0) {
          try (Tensor sequence = logits.narrow(0, b, 1);
              Tensor row = sequence.narrow(1, t - 1L, 1)) {
            sums[b] += logProb(row.toDoubles(), ids[b * length + t], vocabulary);
          }
        }
      }
    }
    return sums;
  }

  private static double logProb(double[] logits, int label, int vocabulary) {
    if (label < 0 || label >= vocabulary) {
      throw new IllegalArgumentException(
          "label %d is not in the vocabulary of %d tokens".formatted(label, vocabulary));
    }
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    return logits[label] - max - Math.log(sum);
  }

  /**
   * Bounds logits softly, {@code cap * tanh(z / cap)}, in place; a cap of 0 leaves them as they
   * are.
   *
   * <p>Source: "Gemma 2", arXiv 2408.00118, section 2.
   */
  public static void softCap(Tensor z, double cap) {
    if (cap == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      // tanh(u) = 1 - 2 / (1 + exp(2 u))
      z.mul_(2 / cap).exp_().add_(1);
      Tensor two = Tensor.empty(DType.FLOAT32, z.shape()).fill_(2).div_(z);
      z.fill_(1).sub_(two).mul_(cap);
    }
  }

  /**
   * Turns the gradient of bounded logits into that of the logits, in place.
   *
   * @param bounded the bounded logits; their memory is used as scratch
   */
  static void softCapBackward(Tensor gradient, Tensor bounded, double cap) {
    try (Scope scope = Scope.open()) {
      bounded.mul_(1 / cap);
      bounded.mul_(bounded);
      gradient.addcmul_(gradient, bounded, -1);
    }
  }
}
