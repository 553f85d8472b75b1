/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.Origin;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns rows of tokens into bytes and back; names of files and columns stand once, in a list.
 *
 * @param <T> what a row is
 */
abstract sealed class RowCodec<T> {
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();

  RowCodec(List<String> names) {
    names.forEach(this::place);
  }

  /** The most bytes that a row may take. */
  abstract int mostBytes(T row);

  abstract void write(T row, ByteBuffer into);

  abstract T read(ByteBuffer from);

  /** The row with another number, which is larger by so much. */
  abstract T moved(T row, int by);

  /** The names so far, by which the rows can be read again. */
  List<String> names() {
    return List.copyOf(names);
  }

  private int place(String name) {
    Integer known = places.get(name);
    if (known != null) {
      return known;
    }
    places.put(name, names.size());
    names.add(name);
    return names.size() - 1;
  }

  void writeOrigin(int row, Origin origin, ByteBuffer into) {
    Varint.write(into, row);
    Varint.write(into, place(origin.file()));
    into.putLong(origin.line());
  }

  Origin readOrigin(ByteBuffer from) {
    String file = names.get(Varint.read(from));
    return new Origin(file, from.getLong());
  }

  static void writeIds(int[] ids, ByteBuffer into) {
    Varint.write(into, ids.length);
    for (int id : ids) {
      Varint.write(into, id);
    }
  }

  static int[] readIds(ByteBuffer from) {
    int[] ids = new int[Varint.read(from)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Varint.read(from);
    }
    return ids;
  }

  private static long idBytes(int... counts) {
    long bytes = 64;
    for (int count : counts) {
      bytes += 5L * (count + 1);
    }
    return bytes;
  }

  /** Pairs. */
  static final class Pairs extends RowCodec<TokenizedPair> {
    Pairs(List<String> names) {
      super(names);
    }

    @Override
    int mostBytes(TokenizedPair pair) {
      return Math.toIntExact(
          idBytes(
                  pair.promptIds().length,
                  pair.chosenIds().length,
                  pair.rejectedPromptIds().length,
                  pair.rejectedIds().length)
              + 16L * pair.extras().size());
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same array says that both prompts are one
    void write(TokenizedPair pair, ByteBuffer into) {
      writeOrigin(pair.row(), pair.origin(), into);
      boolean shared = pair.rejectedPromptIds() == pair.promptIds();
      into.put((byte) (shared ? 1 : 0));
      if (!shared) {
        writeIds(pair.rejectedPromptIds(), into);
      }
      writeIds(pair.promptIds(), into);
      writeIds(pair.chosenIds(), into);
      writeIds(pair.rejectedIds(), into);
      Varint.write(into, pair.extras().size());
      pair.extras()
          .forEach(
              (name, value) -> {
                Varint.write(into, super.place(name));
                into.putDouble(value);
              });
    }

    @Override
    TokenizedPair moved(TokenizedPair pair, int by) {
      return new TokenizedPair(
          pair.row() + by,
          pair.origin(),
          pair.promptIds(),
          pair.chosenIds(),
          pair.rejectedIds(),
          pair.extras(),
          pair.rejectedPromptIds());
    }

    @Override
    TokenizedPair read(ByteBuffer from) {
      int row = Varint.read(from);
      Origin origin = readOrigin(from);
      boolean shared = from.get() == 1;
      int[] other = shared ? new int[0] : readIds(from);
      int[] prompt = readIds(from);
      int[] chosen = readIds(from);
      int[] rejected = readIds(from);
      int count = Varint.read(from);
      Map<String, Double> extras = count == 0 ? Map.of() : new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String name = names().get(Varint.read(from));
        extras.put(name, from.getDouble());
      }
      return new TokenizedPair(
          row, origin, prompt, chosen, rejected, extras, shared ? prompt : other);
    }
  }

  /** Examples of supervised training and of KTO. */
  static final class Examples extends RowCodec<TokenizedExample> {
    private static final int UNCUT = 4;

    Examples(List<String> names) {
      super(names);
    }

    @Override
    int mostBytes(TokenizedExample row) {
      return Math.toIntExact(
          idBytes(
                  row.promptIds().length,
                  row.completionIds().length,
                  row.uncutCompletionIds().length)
              + row.scored().length);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same array says that nothing was cut
    void write(TokenizedExample row, ByteBuffer into) {
      writeOrigin(row.row(), row.origin(), into);
      boolean uncut = row.uncutCompletionIds() == row.completionIds();
      Boolean label = row.label();
      int labelled = label == null ? 0 : label ? 1 : 2;
      into.put((byte) (labelled + (uncut ? UNCUT : 0)));
      writeIds(row.promptIds(), into);
      writeIds(row.completionIds(), into);
      if (!uncut) {
        writeIds(row.uncutCompletionIds(), into);
      }
      boolean[] scored = row.scored();
      for (int i = 0; i < scored.length; i += Byte.SIZE) {
        int bits = 0;
        for (int k = 0; k < Byte.SIZE && i + k < scored.length; k++) {
          bits |= scored[i + k] ? 1 << k : 0;
        }
        into.put((byte) bits);
      }
    }

    @Override
    TokenizedExample moved(TokenizedExample row, int by) {
      return new TokenizedExample(
          row.row() + by,
          row.origin(),
          row.promptIds(),
          row.completionIds(),
          row.uncutCompletionIds(),
          row.scored(),
          row.label());
    }

    @Override
    TokenizedExample read(ByteBuffer from) {
      int row = Varint.read(from);
      Origin origin = readOrigin(from);
      int flags = from.get();
      int[] prompt = readIds(from);
      int[] completion = readIds(from);
      int[] uncut = (flags & UNCUT) != 0 ? completion : readIds(from);
      boolean[] scored = new boolean[prompt.length + completion.length];
      int bits = 0;
      for (int i = 0; i < scored.length; i++) {
        bits = i % Byte.SIZE == 0 ? from.get() : bits;
        scored[i] = (bits >> (i % Byte.SIZE) & 1) != 0;
      }
      int labelled = flags & 3;
      Boolean label = labelled == 0 ? null : Boolean.valueOf(labelled == 1);
      return new TokenizedExample(row, origin, prompt, completion, uncut, scored, label);
    }
  }
}
