/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParserTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Non-standard token 'NaN': enable `JsonReadFeature.X` to allow | Non-standard token 'NaN'",
        "Document nesting depth (501) exceeds the maximum allowed (500, from `C.get()`) | Document nesting depth (501) exceeds the maximum allowed (500)",
        "Unexpected end: expected close marker for Object (start marker at [Source: REDACTED (`F` disabled); line: 1, column: 1]) | Unexpected end: expected close marker for Object",
        "Unexpected character ('a' (code 97)) | Unexpected character ('a' (code 97))"
      })
  void whatOnlyTheParserNeedsToKnowIsLeftOut(String said, String plain) {
    assertThat(ParserText.plain(said)).isEqualTo(plain);
  }
}
