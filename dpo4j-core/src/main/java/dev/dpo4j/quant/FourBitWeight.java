/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A matrix in 4 bits a weight, with a scale for each block. */
public final class FourBitWeight implements PackedWeight {
  private static final long LOW = 0xffffffffL;

  private final String form;
  private final float[] book;
  private final long count;
  private final int block;
  private final Tensor packed;
  private final @Nullable Tensor scales;
  private final @Nullable NestedScales nested;

  private FourBitWeight(
      String form,
      float[] book,
      long count,
      int block,
      Tensor packed,
      @Nullable Tensor scales,
      @Nullable NestedScales nested) {
    this.form = form;
    this.book = book;
    this.count = count;
    this.block = block;
    this.packed = packed;
    this.scales = scales;
    this.nested = nested;
  }

  /** Weights that come piece by piece. */
  @FunctionalInterface
  public interface Pieces {
    /** So many weights from an offset on, as float32. */
    float[] read(long offset, int count);
  }

  /**
   * Rounds a matrix.
   *
   * @param nested whether scales are rounded to 8 bits
   */
  public static FourBitWeight quantize(CodeBook book, boolean nested, long count, Pieces weights) {
    float[] scales = new float[Math.toIntExact(BlockQuantizer.blocks(count))];
    BlockQuantizer quantizer = new BlockQuantizer(book);
    Tensor packed = Scope.outside(() -> Tensor.empty(DType.UINT8, (count + 1) / 2));
    try {
      for (long done = 0; done < count; done += Piece.SIZE) {
        float[] piece = weights.read(done, (int) Math.min(Piece.SIZE, count - done));
        float[] part = new float[(int) BlockQuantizer.blocks(piece.length)];
        packed.putBytes(done / 2, quantizer.quantize(piece, part));
        System.arraycopy(part, 0, scales, (int) (done / BlockQuantizer.BLOCK), part.length);
      }
    } catch (RuntimeException e) {
      packed.close();
      throw e;
    }
    String form = nested ? book.configName() + " with nested scales" : book.configName();
    return of(
        form,
        book.numbers(),
        count,
        BlockQuantizer.BLOCK,
        packed,
        nested ? null : scales,
        nested ? NestedScales.of(scales) : null);
  }

  /** What a checkpoint says of a matrix in 4 bits. */
  @SuppressWarnings("ArrayRecordComponent") // arrays of the size of a matrix, never compared
  public record Stored(
      String form,
      long count,
      int block,
      float[] book,
      float @Nullable [] scales,
      byte @Nullable [] nestedCodes,
      float @Nullable [] nestedScales,
      float @Nullable [] nestedBook,
      float offset) {}

  /** Codes that come piece by piece. */
  @FunctionalInterface
  public interface Codes {
    /** So many bytes from an offset on. */
    ByteBuffer read(long offset, int length);
  }

  /** Takes a matrix as a checkpoint holds it. */
  public static FourBitWeight of(Stored stored, Codes codes) {
    Tensor packed = Piece.read(codes, DType.UINT8, (stored.count() + 1) / 2);
    byte[] nestedCodes = stored.nestedCodes();
    float[] nestedScales = stored.nestedScales();
    float[] nestedBook = stored.nestedBook();
    NestedScales nested =
        nestedCodes == null || nestedScales == null || nestedBook == null
            ? null
            : new NestedScales(nestedCodes, nestedScales, nestedBook, stored.offset());
    return of(
        stored.form(),
        stored.book(),
        stored.count(),
        stored.block(),
        packed,
        stored.scales(),
        nested);
  }

  private static FourBitWeight of(
      String form,
      float[] book,
      long count,
      int block,
      Tensor packed,
      float @Nullable [] scales,
      @Nullable NestedScales nested) {
    // A card reads scales in its own memory, and has the room for them. What the host holds of them
    // stays: a checksum is the same wherever the matrix lies.
    float[] plain =
        scales != null ? scales : nested != null && Fused.has(packed) ? nested.widened() : null;
    Tensor held = plain == null ? null : Scope.outside(() -> Tensor.ofFloats(plain, plain.length));
    return new FourBitWeight(form, book, count, block, packed, held, nested);
  }

  @Override
  public String form() {
    return form;
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long bytes() {
    if (scales != null) {
      return packed.count() + scales.count() * Float.BYTES;
    }
    long nestedBytes =
        nested == null ? 0 : nested.codes().length + (long) nested.scales().length * Float.BYTES;
    return packed.count() + nestedBytes;
  }

  @Override
  public void widen(Tensor out) {
    if (scales != null && Fused.has(out)) {
      try (Scope scope = Scope.open()) {
        Fused.widenCodes(out, packed, Tensor.ofFloats(book, book.length), scales, block);
      }
      return;
    }
    ByteBuffer to = reachable(out);
    ByteBuffer from = reachable(packed);
    ByteBuffer plain = scales == null ? null : scales.memory();
    int blocks = (int) ((count + block - 1) / block);
    Spans.each(
        blocks,
        (first, end) -> {
          int[] bits = new int[book.length];
          for (int i = first; i < end; i++) {
            float scale = plain == null ? nestedScale(i) : plain.getFloat(i * Float.BYTES);
            for (int code = 0; code < bits.length; code++) {
              bits[code] = Float.floatToRawIntBits(book[code] * scale);
            }
            widen(from, to, (long) i * block, bits);
          }
        });
  }

  private static ByteBuffer reachable(Tensor tensor) {
    ByteBuffer memory = tensor.memory();
    if (memory == null) {
      throw new IllegalStateException("the memory of %s is out of reach".formatted(tensor));
    }
    return memory;
  }

  private float nestedScale(int i) {
    NestedScales present = nested;
    if (present == null) {
      throw new IllegalStateException("the matrix has no scales");
    }
    return present.scale(i);
  }

  /** Writes the weights of a block, which are even in number but in the last block. */
  private void widen(ByteBuffer from, ByteBuffer to, long first, int[] bits) {
    int at = (int) (first / 2);
    int target = (int) (first * Float.BYTES);
    int weights = (int) Math.min(block, count - first);
    int end = at + weights / 2;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long eight = from.getLong(at);
      for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
        long high = bits[(int) (eight >>> (shift + 4)) & 15] & LOW;
        to.putLong(target, (long) bits[(int) (eight >>> shift) & 15] << Integer.SIZE | high);
        target += Long.BYTES;
      }
    }
    for (; at < end; at++) {
      int two = from.get(at);
      to.putInt(target, bits[two >> 4 & 15]);
      to.putInt(target + Float.BYTES, bits[two & 15]);
      target += Long.BYTES;
    }
    if (weights % 2 == 1) {
      to.putInt(target, bits[from.get(at) >> 4 & 15]);
    }
  }

  @Override
  public void digest(Consumer<ByteBuffer> digest) {
    Piece.digest(packed, digest);
    NestedScales present = nested;
    if (present != null) {
      digest.accept(ByteBuffer.wrap(present.codes()));
      digest.accept(Piece.bytes(present.scales()));
      digest.accept(Piece.bytes(new float[] {present.offset()}));
      return;
    }
    Tensor plain = scales;
    if (plain != null) {
      Piece.digest(plain, digest);
    }
  }

  @Override
  public void close() {
    packed.close();
    Tensor plain = scales;
    if (plain != null) {
      plain.close();
    }
  }

  /** The bytes as they are held, two codes a byte. */
  public byte[] packedBytes() {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(packed.count()));
    packed.getBytes(0, bytes.order(ByteOrder.LITTLE_ENDIAN));
    return bytes.array();
  }
}
