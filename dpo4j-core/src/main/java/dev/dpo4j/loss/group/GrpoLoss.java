/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The clipped loss of GRPO (arXiv 2402.03300, equation 3), with an estimate of the KL divergence
 * from a reference added to it.
 *
 * <p>Each token contributes {@code -min(r A, clip(r) A) + beta k}, where r is the ratio of its
 * probability to that under the policy that sampled it and k is {@code exp(d) - d - 1}, d the
 * log-ratio of the reference to the policy. With sequence level r is the geometric mean over the
 * answer (GSPO, arXiv 2507.18071).
 *
 * @param low r is clipped at 1 - low
 * @param high r is clipped at 1 + high
 * @param delta an upper bound of r where it is not clipped, or null (arXiv 2505.07291)
 * @param beta weight of the KL divergence
 * @param corrected whether k is multiplied by r, which makes its gradient that of the KL divergence
 *     (arXiv 2512.02556)
 * @param sequences whether an answer has one ratio
 */
public record GrpoLoss(
    double low,
    double high,
    @Nullable Double delta,
    double beta,
    boolean corrected,
    boolean sequences)
    implements PolicyLoss {

  @Override
  public boolean isOfSequences() {
    return sequences;
  }

  @Override
  public SequenceLoss loss(SequenceLogps answer) {
    int tokens = answer.tokens();
    double[] ratios = ratios(answer);
    double advantage = answer.advantage();
    double[] byLogp = new double[tokens];
    double[] byRatio = new double[tokens];
    float[] reference = answer.reference();
    double loss = 0;
    double kl = 0;
    int below = 0;
    int above = 0;
    for (int t = 0; t < tokens; t++) {
      double ratio = ratios[t];
      double plain = (delta == null ? ratio : Math.min(ratio, delta)) * advantage;
      double clipped = Math.max(1 - low, Math.min(1 + high, ratio)) * advantage;
      loss -= Math.min(plain, clipped);
      boolean bounded = delta != null && ratio > delta;
      boolean inside = ratio >= 1 - low && ratio <= 1 + high;
      boolean moves = plain <= clipped ? !bounded : inside;
      byRatio[t] -= moves ? advantage : 0;
      below += ratio < 1 - low && advantage < 0 ? 1 : 0;
      above += ratio > 1 + high && advantage > 0 ? 1 : 0;
      if (reference != null && beta != 0) {
        double d = (double) reference[t] - answer.policy()[t];
        double k = Math.exp(d) - d - 1;
        double weight = corrected ? ratio : 1;
        kl += k * weight;
        loss += beta * k * weight;
        byLogp[t] += beta * (1 - Math.exp(d)) * weight;
        byRatio[t] += corrected ? beta * k : 0;
      }
    }
    addRatios(byLogp, byRatio, ratios);
    boolean whole = sequences && tokens > 0;
    return new SequenceLoss(
        loss, byLogp, kl, whole ? below / tokens : below, whole ? above / tokens : above);
  }

  private double[] ratios(SequenceLogps answer) {
    int tokens = answer.tokens();
    double[] ratios = new double[tokens];
    double sum = 0;
    for (int t = 0; t < tokens; t++) {
      double difference = (double) answer.policy()[t] - answer.old()[t];
      sum += difference;
      ratios[t] = Math.exp(difference);
    }
    if (sequences) {
      Arrays.fill(ratios, Math.exp(sum / Math.max(1, tokens)));
    }
    return ratios;
  }

  /** Adds what the loss gains through the ratios. */
  private void addRatios(double[] byLogp, double[] byRatio, double[] ratios) {
    int tokens = byLogp.length;
    if (!sequences) {
      for (int t = 0; t < tokens; t++) {
        byLogp[t] += byRatio[t] * ratios[t];
      }
      return;
    }
    double sum = 0;
    for (int t = 0; t < tokens; t++) {
      sum += byRatio[t] * ratios[t];
    }
    for (int t = 0; t < tokens; t++) {
      byLogp[t] += sum / tokens;
    }
  }
}
