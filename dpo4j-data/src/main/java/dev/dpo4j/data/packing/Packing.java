/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.packing;

import dev.dpo4j.data.token.LengthLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which sequences, or parts of them, make a row of training together.
 *
 * <p>Equal to TRL: sequences are packed a thousand at a time, in their order, so that no pack has
 * sequences of two thousands.
 *
 * @param packs the slices of each pack
 * @param joined whether the slices of a pack are one sequence, and see each other
 */
public record Packing(List<List<Slice>> packs, boolean joined) {
  /** TRL packs so many rows at once, which is how many its data sets map at once. */
  private static final int BATCH = 1000;

  public Packing {
    packs = List.copyOf(packs);
  }

  /**
   * A part of a sequence.
   *
   * @param sequence its place in the data
   * @param from its first token
   * @param to the token behind its last one
   */
  public record Slice(int sequence, int from, int to) {
    /** Its number of tokens. */
    public int length() {
      return to - from;
    }
  }

  /**
   * Packs sequences.
   *
   * @param lengths their tokens
   * @param size most tokens of a pack
   */
  public static Packing of(PackingStrategy strategy, int[] lengths, int size) {
    List<List<Slice>> packs = new ArrayList<>();
    for (int from = 0; from < lengths.length; from += BATCH) {
      int to = Math.min(from + BATCH, lengths.length);
      packs.addAll(
          switch (strategy) {
            case BFD -> fit(cut(lengths, from, to, size), size, powerOfTwo(size));
            case FFD -> fit(cut(lengths, from, to, size), size, size);
            case BFD_SPLIT, BFD_REQUEUE ->
                fit(split(lengths, from, to, size), size, powerOfTwo(size));
            case WRAPPED -> wrap(lengths, from, to, size);
          });
    }
    return new Packing(packs, strategy == PackingStrategy.WRAPPED);
  }

  /** Every sequence by itself, cut to the limit. */
  public static Packing apart(int[] lengths, LengthLimits limits) {
    List<List<Slice>> packs = new ArrayList<>();
    Integer most = limits.maxLength();
    for (int i = 0; i < lengths.length; i++) {
      int kept = most == null ? lengths[i] : Math.min(most, lengths[i]);
      int from = limits.keepEnd() ? lengths[i] - kept : 0;
      packs.add(List.of(new Slice(i, from, from + kept)));
    }
    return new Packing(packs, false);
  }

  private static int powerOfTwo(int size) {
    return size == 1 ? 1 : Integer.highestOneBit(size - 1) * 2;
  }

  private static List<Slice> cut(int[] lengths, int from, int to, int size) {
    List<Slice> slices = new ArrayList<>();
    for (int i = from; i < to; i++) {
      if (lengths[i] > 0) {
        slices.add(new Slice(i, 0, Math.min(size, lengths[i])));
      }
    }
    return slices;
  }

  private static List<Slice> split(int[] lengths, int from, int to, int size) {
    List<Slice> slices = new ArrayList<>();
    for (int i = from; i < to; i++) {
      for (int at = 0; at < lengths[i]; at += size) {
        slices.add(new Slice(i, at, Math.min(at + size, lengths[i])));
      }
    }
    return slices;
  }

  /** A pack that is being filled. */
  private static final class Open {
    private final List<Slice> slices = new ArrayList<>();
  }

  /** Puts the longest first, each into the pack with the least sufficient room. */
  private static List<List<Slice>> fit(List<Slice> slices, int size, int leaves) {
    RoomTree rooms = new RoomTree(leaves);
    rooms.add(size); // A new pack can always be begun.
    Map<Integer, Deque<Open>> byRoom = new HashMap<>();
    List<Open> packs = new ArrayList<>();
    List<Slice> longestFirst = new ArrayList<>(slices);
    longestFirst.sort(Comparator.comparingInt(Slice::length).reversed()); // stable
    for (Slice slice : longestFirst) {
      int room = rooms.search(slice.length());
      Deque<Open> candidates = byRoom.get(room);
      Open pack;
      if (room >= size || room < slice.length() || candidates == null || candidates.isEmpty()) {
        room = size;
        pack = new Open();
        packs.add(pack);
      } else {
        pack = candidates.remove();
        if (candidates.isEmpty()) {
          rooms.remove(room);
        }
      }
      pack.slices.add(slice);
      int left = room - slice.length();
      if (left > 0) {
        byRoom.computeIfAbsent(left, unused -> new ArrayDeque<>()).add(pack);
        rooms.add(left);
      }
    }
    return packs.stream().map(pack -> List.copyOf(pack.slices)).toList();
  }

  private static List<List<Slice>> wrap(int[] lengths, int from, int to, int size) {
    List<List<Slice>> packs = new ArrayList<>();
    List<Slice> pack = new ArrayList<>();
    int room = size;
    for (int i = from; i < to; i++) {
      for (int at = 0; at < lengths[i]; ) {
        int count = Math.min(room, lengths[i] - at);
        pack.add(new Slice(i, at, at + count));
        at += count;
        room -= count;
        if (room == 0) {
          packs.add(List.copyOf(pack));
          pack.clear();
          room = size;
        }
      }
    }
    if (!pack.isEmpty()) {
      packs.add(List.copyOf(pack));
    }
    return packs;
  }
}
