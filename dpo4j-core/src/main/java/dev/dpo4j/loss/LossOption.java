/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import dev.dpo4j.loss.objective.LossOptions;
import java.util.Locale;

/** An option of {@link LossOptions} or a column of the data that only some losses look at. */
public enum LossOption {
  BETA,
  LABEL_SMOOTHING,
  F_DIVERGENCE_TYPE,
  F_ALPHA_DIVERGENCE_COEF,
  DISCOPOP_TAU,
  LD_ALPHA,
  USE_WEIGHTING,
  SIMPO_GAMMA,
  CPO_ALPHA,
  DPOP_LAMBDA,
  RPO_ALPHA,
  RPO_NORMALIZATION,
  /** A column: how much a row counts. */
  WEIGHT(true),
  /** A column: by how much the chosen answer's reward is asked to lead. */
  MARGIN(true),
  /** A column: the chance that the chosen answer is the better one. */
  P_CHOSEN(true);

  private final boolean column;

  LossOption() {
    this(false);
  }

  LossOption(boolean column) {
    this.column = column;
  }

  /** Whether it is a column of the data and not an option of the run. */
  public boolean isColumn() {
    return column;
  }

  /** The name in a configuration or of the column. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
