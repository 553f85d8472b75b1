/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import dev.dpo4j.tensor.Backend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sees that all processes of a run compute on processors, or each on a card of its own. */
final class CardPlaces {
  /** A number that a machine draws when it starts; containers see that of their machine. */
  private static final Path MACHINE = Path.of("/proc/sys/kernel/random/boot_id");

  private static final String PROCESSOR = "";

  private CardPlaces() {}

  /** What a process says of its device. */
  static byte[] own(Backend.@Nullable PeerDoor door) {
    String place = door == null ? PROCESSOR : machine() + " " + door.place();
    return place.getBytes(StandardCharsets.UTF_8);
  }

  private static String machine() {
    try {
      return Files.readString(MACHINE).strip();
    } catch (IOException e) {
      return String.valueOf(System.getenv("HOSTNAME"));
    }
  }

  /**
   * Compares what all processes say.
   *
   * @throws DistException if two are on one card, or only some of them on cards
   */
  static void check(List<byte[]> places) {
    List<String> texts =
        places.stream().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).toList();
    for (int rank = 1; rank < texts.size(); rank++) {
      String place = texts.get(rank);
      if (place.equals(PROCESSOR) != texts.get(0).equals(PROCESSOR)) {
        throw new DistException(
            rank,
            "rank %d computes on %s, rank 0 on %s: set device to cpu, or give each process a card and set it to cuda"
                .formatted(rank, kind(place), kind(texts.get(0))));
      }
      int other = texts.indexOf(place);
      if (!place.equals(PROCESSOR) && other < rank) {
        throw new DistException(
            rank,
            "ranks %d and %d compute on the same card (%s): start at most as many processes on a machine as it has cards, each with a LOCAL_RANK of its own"
                .formatted(other, rank, place.substring(place.indexOf(' ') + 1)));
      }
    }
  }

  private static String kind(String place) {
    return place.equals(PROCESSOR) ? "the CPU" : "a card";
  }
}
