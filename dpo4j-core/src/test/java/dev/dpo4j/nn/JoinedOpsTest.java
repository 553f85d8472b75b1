/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.PackedMatrix;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done in one call equals what is put together from single operations, bit for bit. */
class JoinedOpsTest {
  private static final int SEQUENCES = 3;
  private static final int KV = 2;
  private static final int GROUP = 2;
  private static final int SIZE = 8;
  private static final int ROOM = 16;
  private static final long HIDDEN = 24;
  private static final long INNER = 40;

  /** What coordinates that are not rotated are multiplied by. */
  private static final double REST = 0.25;

  private final Random random = new Random(7);
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private Tensor numbers(long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(values, shape);
  }

  private static Backend.Joined joined(Tensor x) {
    return Objects.requireNonNull(Ops.joined(x), "the bundled engine joins operations");
  }

  @Test
  void theNormOfFewRows() {
    Tensor x = numbers(5, 24);
    Tensor w = numbers(24);
    Tensor out = Tensor.empty(DType.FLOAT32, 5, 24);
    Tensor inverse = Tensor.empty(DType.FLOAT32, 5, 1);
    joined(x).rmsNorm(out, inverse, x, w, 1e-5);

    Tensor expectedInverse = Tensor.empty(DType.FLOAT32, 5, 1);
    Tensor expected = Tensor.empty(DType.FLOAT32, 5, 24);
    Ops.rowNorm(expectedInverse, x);
    expectedInverse.mul_(expectedInverse).mul_(1.0 / 24).add_(1e-5).rsqrt_();
    Ops.mul(expected, x, expectedInverse);
    expected.mul_(w);
    assertThat(inverse.toFloats()).containsExactly(expectedInverse.toFloats());
    assertThat(out.toFloats()).containsExactly(expected.toFloats());
  }

  /** All coordinates of a head are rotated, a half of them, or none. */
  @ParameterizedTest
  @ValueSource(ints = {SIZE / 2, SIZE / 4, 0})
  void aStepRotatesKeepsAndAttends(int half) {
    int heads = KV * GROUP;
    Tensor qkv = numbers(SEQUENCES, (heads + 2L * KV) * SIZE);
    Tensor keys = numbers((long) SEQUENCES * KV, ROOM, SIZE);
    Tensor values = numbers((long) SEQUENCES * KV, ROOM, SIZE);
    Tensor keysBefore = keys.to(DType.FLOAT32);
    Tensor queryCos = numbers(1, SEQUENCES, 1, half);
    Tensor querySin = numbers(1, SEQUENCES, 1, half);
    Tensor keyCos = numbers(1, SEQUENCES, 1, half);
    Tensor keySin = numbers(1, SEQUENCES, 1, half);
    // Sequence s has 4 + s tokens: its new keys and values are its next ones.
    int[] at = new int[SEQUENCES * KV];
    for (int row = 0; row < at.length; row++) {
      at[row] = row * ROOM + 4 + row / KV;
    }
    Tensor q = Tensor.empty(DType.FLOAT32, SEQUENCES, heads, SIZE);
    Backend.Kept kept = new Backend.Kept(keys, values, KV);
    joined(qkv)
        .rotateAndKeep(
            q,
            qkv,
            kept,
            Tensor.ofInts(at, at.length),
            new Backend.Angles(queryCos, querySin, half, REST),
            new Backend.Angles(keyCos, keySin, half, 1));

    Tensor x = qkv.view(SEQUENCES, -1, SIZE);
    assertThat(q.toFloats())
        .containsExactly(rotated(x.narrow(1, 0, heads), queryCos, querySin, REST));
    float[] newKeys = rotated(x.narrow(1, heads, KV), keyCos, keySin, 1);
    float[] newValues = x.narrow(1, heads + KV, KV).toFloats();
    float[] keyFloats = keys.toFloats();
    float[] valueFloats = values.toFloats();
    float[] before = keysBefore.toFloats();
    for (int row = 0; row < at.length; row++) {
      for (int i = 0; i < SIZE; i++) {
        assertThat(keyFloats[at[row] * SIZE + i]).isEqualTo(newKeys[row * SIZE + i]);
        assertThat(valueFloats[at[row] * SIZE + i]).isEqualTo(newValues[row * SIZE + i]);
        assertThat(keyFloats[at[row] * SIZE - SIZE + i])
            .as("the token before")
            .isEqualTo(before[at[row] * SIZE - SIZE + i]);
      }
    }
    attends(q, kept);
  }

  /** Sequences 1 and 2, of which the first sees a key less. */
  private void attends(Tensor q, Backend.Kept kept) {
    int length = 7;
    float[] hidden = new float[2 * length];
    hidden[length - 1] = Float.NEGATIVE_INFINITY;
    Tensor mask = Tensor.ofFloats(hidden, 2, 1, 1, length);
    Tensor out = numbers(SEQUENCES, (long) KV * GROUP * SIZE);
    float[] first = out.narrow(0, 0, 1).toFloats();
    try (Backend.Spans spans = joined(q).spans(new int[] {1, 2, length, 0}, hidden)) {
      joined(q).attend(out, q, kept, spans);
    }

    Tensor expected = Tensor.empty(DType.FLOAT32, 2, (long) KV * GROUP * SIZE);
    Arena arena = new Arena(1 << 12);
    Tensor folded = Tensor.empty(DType.FLOAT32, KV, 2L * GROUP, SIZE);
    folded
        .view(KV, 2, GROUP, SIZE)
        .copy_(q.narrow(0, 1, 2).view(2, KV, GROUP, SIZE).transpose(0, 1));
    new Attention(KV * GROUP, KV, SIZE)
        .step(
            expected,
            folded,
            kept.keys().narrow(0, KV, 2 * KV).narrow(1, 0, length),
            kept.values().narrow(0, KV, 2 * KV).narrow(1, 0, length),
            mask,
            arena);
    arena.close();
    assertThat(out.narrow(0, 0, 1).toFloats()).as("another sequence").containsExactly(first);
    assertThat(out.narrow(0, 1, 2).toFloats()).containsExactly(expected.toFloats());
  }

  /** Weights that 16 bits hold. */
  private PackedMatrix packed(long outputs, long inputs) {
    Tensor w = numbers(outputs, inputs).to(DType.BFLOAT16).to(DType.FLOAT32);
    PackedMatrix packed = Objects.requireNonNull(PackedMatrix.of(w), "no AVX2 here");
    assertThat(packed.form()).isEqualTo(PackedMatrix.Form.HALF);
    return packed;
  }

  private Backend.LayerParts parts(boolean full, boolean whole) {
    int heads = KV * GROUP;
    long q = whole ? (long) heads * SIZE : SIZE;
    long k = whole ? (long) KV * SIZE : SIZE;
    return new Backend.LayerParts(
        1e-5,
        full,
        whole,
        numbers(HIDDEN),
        packed((heads + 2L * KV) * SIZE, HIDDEN),
        full ? numbers((heads + 2L * KV) * SIZE) : null,
        full ? numbers(q) : null,
        full ? numbers(k) : null,
        packed(HIDDEN, (long) heads * SIZE),
        full ? numbers(HIDDEN) : null,
        numbers(HIDDEN),
        packed(2 * INNER, HIDDEN),
        full ? numbers(2 * INNER) : null,
        packed(HIDDEN, INNER),
        full ? numbers(HIDDEN) : null);
  }

  private static Tensor linear(PackedMatrix w, Tensor x, @Nullable Tensor bias) {
    Tensor out = w.times(x);
    return bias == null ? out : out.add_(bias);
  }

  private static Tensor normed(Tensor x, Tensor w) {
    Tensor out = Tensor.empty(DType.FLOAT32, x.shape());
    long[] rows = x.shape();
    rows[rows.length - 1] = 1;
    joined(x).rmsNorm(out, Tensor.empty(DType.FLOAT32, rows), x, w, 1e-5);
    return out;
  }

  /** Normalises some heads of projected rows where they lie. */
  private static void normHeads(Tensor qkv, int first, int count, @Nullable Tensor w, boolean all) {
    if (w == null) {
      return;
    }
    Tensor some = qkv.view(SEQUENCES, -1, SIZE).narrow(1, first, count);
    Tensor flat = some.to(DType.FLOAT32);
    Tensor rows = all ? flat.view(SEQUENCES, 1, (long) count * SIZE) : flat;
    some.copy_(normed(rows, w).view(SEQUENCES, count, SIZE));
  }

  /**
   * Plain as in Llama; with all that a layer may have, heads normed one by one or together. All
   * sequences attend together, or the first one, which sees all its keys, and the others apart.
   */
  @ParameterizedTest
  @CsvSource({
    "false, false, true",
    "true, false, true",
    "true, true, true",
    "false, false, false",
    "true, true, false"
  })
  void aWholeLayer(boolean full, boolean whole, boolean together) {
    int heads = KV * GROUP;
    int length = 7;
    Backend.LayerParts parts = parts(full, whole);
    Tensor x = numbers(SEQUENCES, HIDDEN);
    Tensor keys = numbers((long) SEQUENCES * KV, ROOM, SIZE);
    Tensor values = numbers((long) SEQUENCES * KV, ROOM, SIZE);
    Backend.Kept kept = new Backend.Kept(keys.to(DType.FLOAT32), values.to(DType.FLOAT32), KV);
    int[] at = new int[SEQUENCES * KV];
    for (int row = 0; row < at.length; row++) {
      at[row] = row * ROOM + length - 1;
    }
    Tensor places = Tensor.ofInts(at, at.length);
    int half = full ? SIZE / 4 : SIZE / 2;
    Backend.Angles queries = angles(half, REST);
    Backend.Angles rotation = angles(half, 1);
    int apart = together ? 0 : 1;
    float[] mask = numbers(SEQUENCES - apart, 1, 1, length).toFloats();
    int[] rest = {apart, SEQUENCES - apart, length, 0};
    int[] cuts =
        together
            ? rest
            : IntStream.concat(IntStream.of(0, 1, length - 2, -1), IntStream.of(rest)).toArray();
    Tensor out = Tensor.empty(DType.FLOAT32, SEQUENCES, HIDDEN);
    try (Backend.JoinedLayer layer = Objects.requireNonNull(joined(x).layer(parts));
        Backend.Spans spans = joined(x).spans(cuts, mask)) {
      layer.step(out, x, kept, places, queries, rotation, spans);
    }

    Tensor qkv = linear(parts.qkv(), normed(x, parts.inputNorm()), parts.qkvBias());
    normHeads(qkv, 0, heads, parts.qNorm(), whole);
    normHeads(qkv, heads, KV, parts.kNorm(), whole);
    Tensor q = Tensor.empty(DType.FLOAT32, SEQUENCES, heads, SIZE);
    Backend.Kept own = new Backend.Kept(keys, values, KV);
    joined(x).rotateAndKeep(q, qkv, own, places, queries, rotation);
    Tensor attended = Tensor.empty(DType.FLOAT32, SEQUENCES, (long) heads * SIZE);
    attendOneByOne(attended, q, own, cuts, mask);
    Tensor mid = x.to(DType.FLOAT32).add_(parts.o().times(attended));
    addIfAny(mid, parts.oBias());
    Tensor gateUp = linear(parts.gateUp(), normed(mid, parts.mlpNorm()), parts.gateUpBias());
    Tensor inside = activated(parts, gateUp.narrow(1, 0, INNER));
    mid.add_(parts.down().times(inside.mul_(gateUp.narrow(1, INNER, INNER))));
    addIfAny(mid, parts.downBias());
    assertThat(kept.keys().toFloats()).containsExactly(keys.toFloats());
    assertThat(kept.values().toFloats()).containsExactly(values.toFloats());
    assertThat(out.toFloats()).containsExactly(mid.toFloats());
    List.of(parts.qkv(), parts.o(), parts.gateUp(), parts.down()).forEach(PackedMatrix::close);
  }

  private static Tensor activated(Backend.LayerParts parts, Tensor gate) {
    Tensor inside = Tensor.empty(DType.FLOAT32, SEQUENCES, INNER);
    if (parts.gelu()) {
      Ops.geluTanh(inside, gate);
    } else {
      Ops.silu(inside, gate);
    }
    return inside;
  }

  /** Span by span, what a layer does for all of them in one call. */
  private static void attendOneByOne(
      Tensor out, Tensor q, Backend.Kept kept, int[] cuts, float[] masks) {
    for (int from = 0; from < cuts.length; from += 4) {
      try (Backend.Spans one = joined(q).spans(Arrays.copyOfRange(cuts, from, from + 4), masks)) {
        joined(q).attend(out, q, kept, one);
      }
    }
  }

  private Backend.Angles angles(int half, double rest) {
    return new Backend.Angles(
        numbers(1, SEQUENCES, 1, half), numbers(1, SEQUENCES, 1, half), half, rest);
  }

  private static void addIfAny(Tensor out, @Nullable Tensor bias) {
    if (bias != null) {
      out.add_(bias);
    }
  }

  private static float[] rotated(Tensor x, Tensor cos, Tensor sin, double rest) {
    int half = (int) cos.size(3);
    Tensor out = x.to(DType.FLOAT32).mul_(rest);
    if (half > 0) {
      Tensor c = cos.view(SEQUENCES, 1, half);
      Tensor s = sin.view(SEQUENCES, 1, half);
      Ops.mul(out.narrow(2, 0, half), x.narrow(2, 0, half), c);
      out.narrow(2, 0, half).addcmul_(x.narrow(2, half, half), s, -1);
      Ops.mul(out.narrow(2, half, half), x.narrow(2, half, half), c);
      out.narrow(2, half, half).addcmul_(x.narrow(2, 0, half), s, 1);
    }
    return out.toFloats();
  }
}
