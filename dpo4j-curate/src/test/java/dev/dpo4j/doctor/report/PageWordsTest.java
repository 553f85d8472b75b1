/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Severity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageWordsTest {
  private static final PageWords CHINESE = PageWords.of("zh");

  @ParameterizedTest
  @EnumSource(DataProblem.class)
  void everyFindingHasATitleAndAdviceInChinese(DataProblem problem) {
    assertThat(CHINESE.title(problem)).isNotEqualTo(problem.title()).containsPattern("\\p{IsHan}");
    assertThat(CHINESE.advice(problem))
        .isNotEqualTo(problem.advice())
        .containsPattern("\\p{IsHan}");
    assertThat(PageWords.of("en").title(problem)).isEqualTo(problem.title());
  }

  @ParameterizedTest
  @EnumSource(Severity.class)
  void everySeverityHasAWordInChinese(Severity severity) {
    assertThat(CHINESE.severity(severity)).containsPattern("\\p{IsHan}");
  }

  @Test
  void aLanguageWithoutWordsIsNamed() {
    assertThatThrownBy(() -> PageWords.of("xx")).hasMessageContaining("the language xx");
  }
}
