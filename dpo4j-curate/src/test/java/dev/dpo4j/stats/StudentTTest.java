/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudentTTest {

  // Values of scipy.stats.t.ppf(0.975, n), to the digits given.
  @ParameterizedTest
  @CsvSource({
    "1, 12.706204736",
    "2, 4.302652730",
    "2.5, 3.574654842",
    "3, 3.182446305",
    "10, 2.228138852",
    "30, 2.042272456",
    "1000, 1.962339081"
  })
  void theQuantileIsThatOfTables(double freedom, double quantile) {
    assertThat(StudentT.quantile(freedom)).isCloseTo(quantile, within(1e-6));
  }

  // Values of 2 * scipy.stats.t.sf(t, n).
  @ParameterizedTest
  @CsvSource({
    "0, 3, 1",
    "1, 1, 0.5",
    "2, 2, 0.1835034190722739",
    "-2, 2, 0.1835034190722739",
    "3.5, 4.2, 0.0229937424555",
    "5, 100, 2.4501734135e-06"
  })
  void theProbabilityOfBothTailsIsThatOfTables(double t, double freedom, double p) {
    assertThat(StudentT.beyond(t, freedom)).isCloseTo(p, within(1e-8 * p + 1e-12));
  }

  @Test
  void whatIsNoNumberHasNoProbability() {
    assertThat(StudentT.beyond(Double.NaN, 2)).isNaN();
    assertThat(StudentT.beyond(1, 0)).isNaN();
  }
}
