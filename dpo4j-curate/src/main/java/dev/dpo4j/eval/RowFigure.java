/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A figure that is a mean over the held-out rows, as the margin of a row gives it. */
enum RowFigure {
  ACCURACY {
    @Override
    double of(double margin) {
      return margin > 0 ? 1 : 0;
    }
  },
  MARGIN {
    @Override
    double of(double margin) {
      return margin;
    }
  },
  LOSS {
    @Override
    double of(double margin) {
      // -log sigmoid(margin), which must stay finite where exp(-margin) does not.
      return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    }
  };

  /** The value of a row. */
  abstract double of(double margin);

  /** The figure of that name, null where it is none over rows. */
  static @Nullable RowFigure of(String name) {
    for (RowFigure figure : values()) {
      if (figure.name().equalsIgnoreCase(name)) {
        return figure;
      }
    }
    return null;
  }

  /** The mean of some runs for each row; nothing where they have not the same rows. */
  double[] means(List<SweepTrial> trials) {
    int rows = trials.isEmpty() ? 0 : trials.get(0).margins().size();
    double[] means = new double[rows];
    for (SweepTrial trial : trials) {
      if (trial.margins().size() != rows) {
        return new double[0];
      }
      for (int i = 0; i < rows; i++) {
        means[i] += of(trial.margins().get(i)) / trials.size();
      }
    }
    return means;
  }
}
