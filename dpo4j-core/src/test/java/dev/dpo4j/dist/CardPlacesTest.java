/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Processes on cards of their own, on the same card, and on different kinds of devices. */
class CardPlacesTest {
  private static List<byte[]> places(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  @Test
  void processorsAndCardsOfTheirOwnAreFine() {
    assertThatCode(() -> CardPlaces.check(places("", "", ""))).doesNotThrowAnyException();
    assertThatCode(
            () -> CardPlaces.check(places("a 0000:01:00.0", "a 0000:02:00.0", "b 0000:01:00.0")))
        .doesNotThrowAnyException();
  }

  @Test
  void twoProcessesOnOneCardAreNamed() {
    assertThatThrownBy(
            () -> CardPlaces.check(places("a 0000:01:00.0", "a 0000:02:00.0", "a 0000:02:00.0")))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("ranks 1 and 2 compute on the same card (0000:02:00.0)")
        .hasMessageContaining("LOCAL_RANK");
  }

  @Test
  void aProcessOnAnotherKindOfDeviceIsNamed() {
    assertThatThrownBy(() -> CardPlaces.check(places("", "a 0000:01:00.0")))
        .isInstanceOf(DistException.class)
        .hasMessageContaining("rank 1 computes on a card, rank 0 on the CPU")
        .hasMessageContaining("set device to cpu");
  }
}
