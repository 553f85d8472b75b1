/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchVersionTest {
  @ParameterizedTest
  @CsvSource({
    "2.10.0+cu128, true",
    "2.11.0+cu130, true",
    "2.15.1, true",
    "2.9.1+cu128, false",
    "2.16.0.dev20270101+cu130, false",
    "3.10.0, false",
    "nightly, false"
  })
  void versionsWhoseFunctionsWereLookedUpAreTrusted(String version, boolean tried) {
    assertThat(TorchVersion.tried(version)).isEqualTo(tried);
  }
}
