/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The memory of a {@link KvCache}: keys and values of each layer, with room for the same number of
 * tokens in every slot.
 *
 * <p>It grows layer by layer, so that old and new memory do not add up. Where there is none left in
 * between, some layers have more room than others, and all that was kept is still there.
 */
final class KvMemory implements AutoCloseable {
  /** The room of a slot is a multiple of so many tokens. */
  private static final int ROOM = 128;

  /** The room grows at least by its own part of that: each growth copies what is there. */
  private static final int GROWTH = 4;

  private final int kvHeads;
  private final int size;
  private final LongFunction<Tensor> memory;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();

  /** Slots whose numbers are finite everywhere. */
  private int cleared;

  /** Makes memory for so many sequences. */
  KvMemory(ModelConfig config, int slots) {
    this(config, room -> take(config, slots, room));
  }

  /**
   * Makes one of pieces that somebody else provides.
   *
   * @param memory takes a piece with room for so many tokens, {@code [slots * kv heads, room,
   *     size]}
   */
  KvMemory(ModelConfig config, LongFunction<Tensor> memory) {
    this.kvHeads = config.kvHeads();
    this.size = config.headDim();
    this.memory = memory;
    try {
      for (int layer = 0; layer < config.layers(); layer++) {
        keys.add(memory.apply(ROOM));
        values.add(memory.apply(ROOM));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Takes a piece for all slots. */
  static Tensor take(ModelConfig config, int slots, long room) {
    long rows = (long) slots * config.kvHeads();
    return Scope.outside(() -> Tensor.empty(DType.FLOAT32, rows, room, config.headDim()));
  }

  /**
   * Bytes of so many sequences that have grown to so many tokens; what the growth takes ahead is
   * included.
   */
  static long bytes(ModelConfig config, long sequences, long tokens) {
    long room = (tokens + tokens / GROWTH + ROOM - 1) / ROOM * ROOM;
    return config.layers() * bytes(sequences, config.kvHeads(), room, config.headDim());
  }

  private static long bytes(long slots, long kvHeads, long room, long size) {
    return 2 * slots * kvHeads * room * size * Float.BYTES;
  }

  /** Bytes of the slots that were in use: others take no memory yet. */
  long bytes() {
    long bytes = 0;
    for (int layer = 0; layer < keys.size(); layer++) {
      bytes += bytes(cleared, kvHeads, room(layer), size);
    }
    return bytes;
  }

  /** Bytes that are missing until so many sequences have grown to so many tokens. */
  long missing(ModelConfig config, int sequences, int tokens) {
    // The last layer grows last.
    long room = room(keys.size() - 1);
    long needed =
        tokens <= room
            ? keys.size() * bytes(Math.max(cleared, sequences), kvHeads, room, size)
            : bytes(config, sequences, tokens);
    return Math.max(0, needed - bytes());
  }

  /** Keys of a layer, {@code [slots * kv heads, room, size]}. */
  Tensor keys(int layer) {
    return keys.get(layer);
  }

  /** Values of a layer, {@code [slots * kv heads, room, size]}. */
  Tensor values(int layer) {
    return values.get(layer);
  }

  /** Tokens of a slot for which a layer has room. */
  long room(int layer) {
    return keys.get(layer).size(1);
  }

  /**
   * Makes room for so many tokens in each slot.
   *
   * @param used slots of which what is there is kept
   */
  void reserve(long tokens, int used) {
    for (int layer = 0; layer < keys.size(); layer++) {
      long room = room(layer);
      if (tokens > room) {
        long least = Math.max(tokens, room + room / GROWTH);
        cleared = used;
        widen(layer, (least + ROOM - 1) / ROOM * ROOM, used);
      }
    }
  }

  private void widen(int layer, long room, int used) {
    Tensor wideKeys = wider(keys.get(layer), room, used);
    Tensor wideValues;
    try {
      wideValues = wider(values.get(layer), room, used);
    } catch (RuntimeException e) {
      wideKeys.close();
      throw e;
    }
    keys.set(layer, wideKeys).close();
    values.set(layer, wideValues).close();
  }

  private Tensor wider(Tensor narrow, long room, int used) {
    Tensor wide = memory.apply(room);
    if (used > 0) {
      try (Scope scope = Scope.open()) {
        long old = narrow.size(1);
        slots(wide, 0, used, 0, old).copy_(slots(narrow, 0, used, 0, old));
        slots(wide, 0, used, old, room).zero_();
      }
    }
    return wide;
  }

  /** Makes the numbers of the first slots finite. */
  void clear(int count) {
    if (count <= cleared) {
      return;
    }
    try (Scope scope = Scope.open()) {
      for (int layer = 0; layer < keys.size(); layer++) {
        slots(keys.get(layer), cleared, count, 0, room(layer)).zero_();
        slots(values.get(layer), cleared, count, 0, room(layer)).zero_();
      }
    }
    cleared = count;
  }

  /** Some slots' tokens from one up to another, {@code [slots * kv heads, tokens, size]}. */
  private Tensor slots(Tensor all, int first, int end, long from, long to) {
    return all.narrow(0, (long) first * kvHeads, (long) (end - first) * kvHeads)
        .narrow(1, from, to - from);
  }

  /** The first tokens of a slot, {@code [kv heads, tokens, size]}. */
  Tensor slot(Tensor all, int slot, long tokens) {
    return all.narrow(0, (long) slot * kvHeads, kvHeads).narrow(1, 0, tokens);
  }

  /** All slots' tokens one after the other, {@code [slots * kv heads * room, size]}. */
  Tensor rows(Tensor all) {
    return all.view(all.size(0) * all.size(1), size);
  }

  /** Copies the first tokens of a slot into another one. */
  void copy(int from, int to, int tokens) {
    try (Scope scope = Scope.open()) {
      for (int layer = 0; layer < keys.size(); layer++) {
        slot(keys.get(layer), to, tokens).copy_(slot(keys.get(layer), from, tokens));
        slot(values.get(layer), to, tokens).copy_(slot(values.get(layer), from, tokens));
      }
    }
  }

  @Override
  public void close() {
    keys.forEach(Tensor::close);
    values.forEach(Tensor::close);
  }
}
