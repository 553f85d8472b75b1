/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done in one call equals what is put together from single operations, bit for bit. */
class JoinedOpsTest {
  private static final int SEQUENCES = 3;
  private static final int KV = 2;
  private static final int GROUP = 2;
  private static final int SIZE = 8;
  private static final int ROOM = 16;

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
    joined(q).attend(out, q, kept, mask, 1, 2, length);

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
