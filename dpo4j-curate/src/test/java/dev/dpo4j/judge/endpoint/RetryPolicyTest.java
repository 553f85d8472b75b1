/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {
  private static final RetryPolicy POLICY = new RetryPolicy(10, Duration.ofSeconds(1));

  @Test
  void waitsDoubleWithJitterUpToAMinute() {
    assertThat(POLICY.delay(1, 0, null)).isEqualTo(Duration.ofMillis(500));
    assertThat(POLICY.delay(1, 1, null)).isEqualTo(Duration.ofSeconds(1));
    assertThat(POLICY.delay(4, 1, null)).isEqualTo(Duration.ofSeconds(8));
    assertThat(POLICY.delay(60, 1, null)).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void theServersWishCountsWhereItIsLongerUpToFiveMinutes() {
    assertThat(POLICY.delay(1, 1, Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(20));
    assertThat(POLICY.delay(4, 1, Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(8));
    assertThat(POLICY.delay(1, 1, Duration.ofDays(2))).isEqualTo(Duration.ofMinutes(5));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://a/v1", "a.example/v1", "http://user:secret@a/v1", "http://a/v1?key=secret"})
  void addressesThatCannotWorkOrHoldSecretsAreRefused(String url) {
    assertThatThrownBy(() -> new Endpoint(URI.create(url), null, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("base_url");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.example.com/v1", "http://10.0.0.1/v1", "http://[fe80::1]/v1"})
  void aKeyIsReadableOnTheWayToAnotherMachine(String url) {
    assertThat(new Endpoint(URI.create(url), "sk-1234", Duration.ofSeconds(1)).exposesKey())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://a/v1", "http://LOCALHOST:1/v1", "http://127.1.2.3/v1", "http://[::1]/v1"})
  void aKeyIsNotReadableOnThisMachineOrUnderHttps(String url) {
    assertThat(new Endpoint(URI.create(url), "sk-1234", Duration.ofSeconds(1)).exposesKey())
        .isFalse();
  }

  @Test
  void anEndpointNeverShowsItsKey() {
    Endpoint endpoint =
        new Endpoint(URI.create("http://a.example/v1/"), "sk-1234", Duration.ofSeconds(1));
    assertThat(endpoint.toString()).doesNotContain("sk-1234");
    assertThat(endpoint.exposesKey()).isTrue();
    assertThat(endpoint.chatCompletions().toString())
        .isEqualTo("http://a.example/v1/chat/completions");
    Endpoint local =
        new Endpoint(URI.create("http://127.0.0.1:1/v1"), "sk-1234", Duration.ofSeconds(1));
    assertThat(local.exposesKey()).isFalse();
    assertThatThrownBy(
            () -> new Endpoint(URI.create("http://a/v1"), "two words", Duration.ofSeconds(1)))
        .hasMessageContaining("blank")
        .hasMessageNotContaining("two words");
  }
}
