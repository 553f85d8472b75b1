/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.metrics.MetricSink;
import dev.dpo4j.metrics.PairMetrics;
import dev.dpo4j.train.loop.TrainListener;
import java.util.Locale;
import java.util.Map;

/**
 * Watches whether the chosen answers lose probability while the loss falls.
 *
 * <p>The DPO loss sees only the difference of two log-ratios, so that both may fall together and
 * the probability goes to answers that nobody has seen (Razin et al. 2024, "Unintentional
 * Unalignment: Likelihood Displacement in Direct Preference Optimization", arXiv 2410.08847). The
 * guard reads {@code logps/chosen_shift} from every line of the log and warns once.
 */
final class DisplacementGuard implements MetricSink {
  /** The name of the warning. */
  static final String NAME = "displacement";

  private final double limit;
  private final TrainListener listener;
  private boolean warned;

  /**
   * Makes a guard.
   *
   * @param limit nats per token that chosen answers may lose
   */
  DisplacementGuard(double limit, TrainListener listener) {
    this.limit = limit;
    this.listener = listener;
  }

  @Override
  public void log(long step, double epoch, Map<String, Double> metrics) {
    Double shift = metrics.get(PairMetrics.CHOSEN_SHIFT);
    if (shift == null || warned || shift >= -limit) {
      return;
    }
    warned = true;
    listener.onWarning(
        NAME,
        String.format(
            Locale.ROOT,
            "at step %d the chosen answers have lost %.3f nats per token against the reference"
                + " (%s, displacement_limit %s): the loss can fall while both answers become less"
                + " probable. Remedies: loss_type dpop; an SFT term, as in loss_type rpo or"
                + " [sigmoid, sft]; sft_first where another model wrote the answers; a smaller"
                + " learning_rate.",
            step,
            -shift,
            PairMetrics.CHOSEN_SHIFT,
            limit));
  }

  @Override
  public void close() {}
}
