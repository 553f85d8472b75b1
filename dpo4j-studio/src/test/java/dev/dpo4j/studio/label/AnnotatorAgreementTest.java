/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kappas against values worked by hand. */
class AnnotatorAgreementTest {
  /** Sums and quotients of small integers. */
  private static final double ROUNDING = 1e-12;

  private static final BestAnswer A = BestAnswer.FIRST;
  private static final BestAnswer B = BestAnswer.SECOND;
  private static final BestAnswer T = BestAnswer.TIE;

  private static List<Map<String, BestAnswer>> both(BestAnswer ann, BestAnswer bob, int times) {
    return Collections.nCopies(times, Map.of("ann", ann, "bob", bob));
  }

  @Test
  void cohensKappaIsObservedBeyondExpected() {
    List<Map<String, BestAnswer>> rows = new ArrayList<>();
    rows.addAll(both(A, A, 20));
    rows.addAll(both(A, B, 5));
    rows.addAll(both(B, A, 10));
    rows.addAll(both(B, B, 15));
    rows.add(Map.of("ann", T));
    // Observed 35/50; expected 25/50 * 30/50 + 25/50 * 20/50 = 1/2.
    AnnotatorAgreement.Pair pair = AnnotatorAgreement.pairs(rows).get(0);
    assertThat(pair.rows()).isEqualTo(50);
    assertThat(pair.observed()).isCloseTo(0.7, within(ROUNDING));
    assertThat(pair.kappa()).isCloseTo(0.4, within(ROUNDING));
  }

  @Test
  void fullDisagreementIsMinusOneAndChanceIsZero() {
    List<Map<String, BestAnswer>> opposite = new ArrayList<>(both(A, B, 3));
    opposite.addAll(both(B, A, 3));
    assertThat(AnnotatorAgreement.pairs(opposite).get(0).kappa()).isCloseTo(-1, within(ROUNDING));
    List<Map<String, BestAnswer>> chance = new ArrayList<>(both(A, B, 1));
    chance.addAll(both(B, A, 1));
    chance.addAll(both(A, A, 1));
    chance.addAll(both(B, B, 1));
    assertThat(AnnotatorAgreement.pairs(chance).get(0).kappa()).isCloseTo(0, within(ROUNDING));
  }

  @Test
  void whereAllSayTheSameKappaIsNotDefined() {
    AnnotatorAgreement.Pair pair = AnnotatorAgreement.pairs(both(A, A, 7)).get(0);
    assertThat(pair.observed()).isEqualTo(1);
    assertThat(pair.kappa()).isNull();
    assertThat(AnnotatorAgreement.all(both(A, A, 7)).kappa()).isNull();
  }

  @Test
  void fleissKappaPoolsThreeAnnotators() {
    List<Map<String, BestAnswer>> rows =
        List.of(
            Map.of("ann", A, "bob", A, "cem", A),
            Map.of("ann", A, "bob", A, "cem", B),
            Map.of("ann", B, "bob", B, "cem", B),
            Map.of("ann", A, "bob", B, "cem", T));
    // Observed (1 + 1/3 + 1 + 0) / 4 = 7/12; expected (1/2)^2 + (5/12)^2 + (1/12)^2 = 62/144.
    AnnotatorAgreement.All all = AnnotatorAgreement.all(rows);
    assertThat(all.rows()).isEqualTo(4);
    assertThat(all.observed()).isCloseTo(7.0 / 12, within(ROUNDING));
    assertThat(all.kappa()).isCloseTo(11.0 / 41, within(ROUNDING));
    assertThat(AnnotatorAgreement.pairs(rows)).hasSize(3);
  }

  @Test
  void rowsThatOnePersonJudgedSayNothing() {
    assertThat(AnnotatorAgreement.all(List.of(Map.of("ann", A), Map.of("bob", B)))).isNull();
    assertThat(AnnotatorAgreement.pairs(List.of(Map.of("ann", A), Map.of("bob", B)))).isEmpty();
  }
}
