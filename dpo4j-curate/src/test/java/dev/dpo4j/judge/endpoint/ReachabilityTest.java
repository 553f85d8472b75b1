/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReachabilityTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 7);
  private final Reachability endpoint = new Reachability(now::get);

  private boolean failsAfter(int seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    return endpoint.failed(Duration.ofSeconds(1));
  }

  @Test
  void anEndpointThatNeverAnsweredIsGivenUpAfterTwentySeconds() {
    assertThat(failsAfter(0)).isFalse();
    assertThat(failsAfter(10)).isFalse();
    assertThat(failsAfter(10)).isTrue();
  }

  @Test
  void aWaitThatWouldGoBeyondTheLimitIsNotBegun() {
    assertThat(endpoint.failed(Duration.ofSeconds(19))).isFalse();
    assertThat(endpoint.failed(Duration.ofSeconds(21))).isTrue();
  }

  @Test
  void aServerThatAnsweredBeforeHasTimeToStartAgain() {
    endpoint.answered();
    assertThat(failsAfter(0)).isFalse();
    assertThat(failsAfter(60)).isFalse();
    endpoint.answered();
    assertThat(failsAfter(100)).isFalse();
    assertThat(failsAfter(119)).isFalse();
    assertThat(failsAfter(1)).isTrue();
  }
}
