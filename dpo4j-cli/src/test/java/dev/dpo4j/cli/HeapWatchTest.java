/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapWatchTest {
  private static final long SECOND = 1_000_000_000L;

  private final HeapWatch watch = new HeapWatch(() -> {});

  /** Looks once every two seconds. */
  private int looksUntilTheEnd(int most, double collecting, double filled) {
    for (int i = 1; i <= most; i++) {
      if (watch.look(2 * i * SECOND, (long) (2000 * i * collecting), filled)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void aHeapThatIsFullForTenSecondsEndsTheProcess() {
    assertThat(looksUntilTheEnd(100, 0.99, 0.99)).isEqualTo(5);
  }

  @Test
  void muchCollectingThatFindsRoomDoesNot() {
    assertThat(looksUntilTheEnd(100, 0.99, 0.5)).isEqualTo(-1);
  }

  @Test
  void aFullHeapInWhichWorkGoesOnDoesNot() {
    assertThat(looksUntilTheEnd(100, 0.5, 0.99)).isEqualTo(-1);
  }

  @Test
  void aShortPauseBeginsTheCountAnew() {
    assertThat(looksUntilTheEnd(4, 0.99, 0.99)).isEqualTo(-1);
    assertThat(watch.look(10 * SECOND, 8000, 0.99)).isFalse();
    assertThat(looksUntilTheEnd(4, 0.99, 0.99)).isEqualTo(-1);
  }
}
