/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static dev.dpo4j.tensor.cuda.CheckedNumbers.values;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.FusedKernels;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import java.util.stream.IntStream;

/** Compares a decoder's step, from rotating to the choice of a token, with the formulas. */
final class StepCheck {
  private static final int ROWS = 2;
  private static final int HEADS = 2;
  private static final int SIZE = 8;
  private static final int HALF = 3;
  private static final int WIDTH = (HEADS + 2) * SIZE;
  private static final int ROOM = 4;

  /** Where the key of each row is kept. */
  private static final int[] PLACES = {1, ROOM + 2};

  /** The keys that each row sees: from the first number up to the second. */
  private static final int[] ENDS = {0, 2, 1, 3};

  private static final double REST = 0.5;

  /** Float32 sums of few numbers around 1, in any order. */
  private static final double FLOAT32 = 1e-4;

  private final CheckedNumbers numbers;
  private final FusedKernels fused;

  StepCheck(CheckedNumbers numbers, FusedKernels fused) {
    this.numbers = numbers;
    this.fused = fused;
  }

  void run() {
    attention();
    choice();
  }

  private void attention() {
    CudaTensor q = numbers.zeros(DType.FLOAT32, ROWS, HEADS * SIZE);
    CudaTensor qkv = numbers.of(DType.BFLOAT16, values(ROWS * WIDTH, 31), ROWS, WIDTH);
    CudaTensor keys = numbers.of(DType.FLOAT32, values(2 * ROOM * SIZE, 32), 2, ROOM, SIZE);
    CudaTensor values = numbers.of(DType.FLOAT32, values(2 * ROOM * SIZE, 33), 2, ROOM, SIZE);
    CudaTensor cos = numbers.of(DType.FLOAT32, values(ROWS * HALF, 34), 1, ROWS, 1, HALF);
    CudaTensor sin = numbers.of(DType.FLOAT32, values(ROWS * HALF, 35), 1, ROWS, 1, HALF);
    CudaTensor places =
        numbers.of(DType.INT64, IntStream.of(PLACES).asDoubleStream().toArray(), ROWS);
    double[] x = numbers.read(qkv);
    double[] c = numbers.read(cos);
    double[] s = numbers.read(sin);
    double[] k = numbers.read(keys);
    double[] v = numbers.read(values);
    fused.rotateAndKeep(
        q,
        qkv,
        keys,
        values,
        1,
        places,
        new FusedKernels.Turn(cos, sin, HALF, REST),
        new FusedKernels.Turn(sin, cos, HALF, 1));
    double[] rotated = new double[ROWS * HEADS * SIZE];
    for (int row = 0; row < ROWS; row++) {
      int at = row * WIDTH;
      for (int head = 0; head < HEADS; head++) {
        turn(rotated, (row * HEADS + head) * SIZE, x, at + head * SIZE, c, s, row, REST);
      }
      turn(k, PLACES[row] * SIZE, x, at + HEADS * SIZE, s, c, row, 1);
      System.arraycopy(x, at + (HEADS + 1) * SIZE, v, PLACES[row] * SIZE, SIZE);
    }
    numbers.expect("rotated queries of a step", q, rotated, FLOAT32);
    numbers.expect("kept keys of a step", keys, k, FLOAT32);
    numbers.expect("kept values of a step", values, v, FLOAT32);
    attended(rotated, k, v, q, keys, values);
  }

  private static void turn(
      double[] out, int to, double[] x, int at, double[] c, double[] s, int row, double rest) {
    for (int i = 0; i < HALF; i++) {
      double cosine = c[row * HALF + i];
      double sine = s[row * HALF + i];
      out[to + i] = x[at + i] * cosine - x[at + HALF + i] * sine;
      out[to + HALF + i] = x[at + HALF + i] * cosine + x[at + i] * sine;
    }
    for (int i = 2 * HALF; i < SIZE; i++) {
      out[to + i] = x[at + i] * rest;
    }
  }

  private void attended(
      double[] q, double[] k, double[] v, CudaTensor queries, CudaTensor keys, CudaTensor values) {
    CudaTensor out = numbers.empty(DType.FLOAT32, ROWS, HEADS * SIZE);
    double[] seen = IntStream.of(ENDS).asDoubleStream().toArray();
    fused.attendKept(out, queries, keys, values, 1, numbers.of(DType.INT64, seen, ROWS, 2));
    double[] expected = new double[ROWS * HEADS * SIZE];
    for (int i = 0; i < ROWS * HEADS; i++) {
      int row = i / HEADS;
      int base = row * ROOM * SIZE;
      double sum = 0;
      for (int key = ENDS[2 * row]; key < ENDS[2 * row + 1]; key++) {
        double score = 0;
        for (int d = 0; d < SIZE; d++) {
          score += q[i * SIZE + d] * k[base + key * SIZE + d];
        }
        double weight = Math.exp(score);
        sum += weight;
        for (int d = 0; d < SIZE; d++) {
          expected[i * SIZE + d] += weight * v[base + key * SIZE + d];
        }
      }
      for (int d = 0; d < SIZE; d++) {
        expected[i * SIZE + d] /= sum;
      }
    }
    numbers.expect("attention of a step", out, expected, FLOAT32);
  }

  private void choice() {
    int columns = 1100;
    double[] temperatures = {0, 1, 2};
    double[] uniforms = {0.5, 0.3, 0.9};
    int rows = temperatures.length;
    CudaTensor logits = numbers.of(DType.FLOAT32, values(rows * columns, 36), rows, columns);
    double[] z = numbers.read(logits);
    CudaTensor chosen = numbers.zeros(DType.INT64, rows);
    CudaTensor largest = numbers.zeros(DType.FLOAT32, rows);
    fused.choose(
        chosen,
        largest,
        logits,
        numbers.of(DType.FLOAT64, temperatures, rows),
        numbers.of(DType.FLOAT64, uniforms, rows));
    double[] expected = new double[rows];
    double[] tops = new double[rows];
    for (int row = 0; row < rows; row++) {
      int best = row * columns;
      for (int i = best + 1; i < (row + 1) * columns; i++) {
        best = z[i] > z[best] ? i : best;
      }
      tops[row] = z[best];
      int drawn =
          temperatures[row] == 0
              ? best
              : drawn(z, row * columns, columns, temperatures[row], uniforms[row]);
      expected[row] = drawn - row * columns;
    }
    numbers.expect("the largest logits", largest, tops, 0);
    numbers.expect("the choice of tokens", chosen, expected, 0);
  }

  private static int drawn(double[] z, int from, int count, double temperature, double uniform) {
    double total = 0;
    for (int i = from; i < from + count; i++) {
      total += Math.exp(z[i] / temperature);
    }
    double target = uniform * total;
    int i = from;
    while (i < from + count - 1 && target >= Math.exp(z[i] / temperature)) {
      target -= Math.exp(z[i] / temperature);
      i++;
    }
    return i;
  }
}
