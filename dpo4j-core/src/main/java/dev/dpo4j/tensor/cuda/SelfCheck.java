/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static dev.dpo4j.tensor.cuda.CheckedNumbers.values;

import dev.dpo4j.tensor.AdamWStep;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.FusedKernels;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes a little of everything on a device and compares it with the formulas, before a version
 * is trusted that nobody has tried. It takes some milliseconds once the kernels are compiled.
 */
public final class SelfCheck {
  private static final double EXACT = 0;

  /** Float32 sums of some hundred numbers around 1, in any order. */
  private static final double FLOAT32 = 1e-4;

  /** One bit more than bfloat16 rounds off. */
  private static final double BFLOAT16 = 0x1p-6;

  private static final int ROWS = 3;
  private static final int SIZE = 40;

  private final CudaBackend backend;
  private final FusedKernels fused;
  private final CheckedNumbers numbers;

  private SelfCheck(CudaBackend backend, CheckedNumbers numbers) {
    this.backend = backend;
    this.fused = backend.fused();
    this.numbers = numbers;
  }

  /**
   * Checks every kernel, products, attention, and a step of a model.
   *
   * @param flash attention's kernels, null where there are none
   * @throws CudaUnavailableException naming the operation that is wrong
   */
  public static void run(CudaBackend backend, Driver driver, @Nullable FlashKernels flash) {
    try (CheckedNumbers numbers = new CheckedNumbers(backend)) {
      SelfCheck check = new SelfCheck(backend, numbers);
      check.elements();
      check.reductions();
      check.rows();
      check.places();
      check.norm();
      check.rotation();
      check.gate();
      check.head();
      check.optimizer();
      check.narrow();
      check.products();
      check.cachedAttention();
      new StepCheck(numbers, check.fused).run();
      if (flash != null && flash.supports(DType.BFLOAT16, AttentionCheck.SIZE)) {
        new AttentionCheck(numbers, driver, flash).run();
      }
      new ModelCheck(numbers, backend, flash).run();
    }
  }

  private static double[] each(int count, IntToDoubleFunction f) {
    return IntStream.range(0, count).mapToDouble(f).toArray();
  }

  private CudaTensor matrix(DType dtype, int seed) {
    return numbers.of(dtype, values(ROWS * SIZE, seed), ROWS, SIZE);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private void elements() {
    CudaTensor a = matrix(DType.BFLOAT16, 1);
    CudaTensor b = numbers.of(DType.FLOAT32, values(SIZE, 2), SIZE);
    CudaTensor out = numbers.empty(DType.FLOAT32, ROWS, SIZE);
    double[] x = numbers.read(a);
    double[] y = numbers.read(b);
    backend.unary(Backend.Unary.EXP, out, a, 0);
    numbers.expect("exponentials", out, each(x.length, i -> Math.exp(x[i])), FLOAT32);
    backend.binary(Backend.Binary.MULTIPLY, out, a, b, 1);
    numbers.expect("products by element", out, each(x.length, i -> x[i] * y[i % SIZE]), FLOAT32);
    backend.addcmul(out, a, b, 2);
    numbers.expect("sums of products", out, each(x.length, i -> 3 * x[i] * y[i % SIZE]), FLOAT32);
  }

  private void reductions() {
    int columns = 1100;
    CudaTensor x = numbers.of(DType.FLOAT32, values(2 * columns, 3), 2, columns);
    double[] v = numbers.read(x);
    CudaTensor out = numbers.empty(DType.FLOAT32, 2);
    backend.reduce(Backend.Reduction.SUM, out, x, 1);
    numbers.expect(
        "sums of rows",
        out,
        each(2, r -> IntStream.range(0, columns).mapToDouble(c -> v[r * columns + c]).sum()),
        FLOAT32);
    CudaTensor column = numbers.empty(DType.FLOAT32, columns);
    backend.reduce(Backend.Reduction.SUM, column, x, 0);
    numbers.expect("sums of columns", column, each(columns, c -> v[c] + v[columns + c]), FLOAT32);
    CudaTensor first = numbers.empty(DType.INT64, 2);
    backend.argmax(first, x);
    numbers.expect("the largest of rows", first, each(2, r -> largest(v, r, columns)), EXACT);
    CudaTensor p = numbers.empty(DType.FLOAT32, 2, columns);
    backend.softmax(p, x);
    double[] sums =
        each(
            2,
            r -> IntStream.range(0, columns).mapToDouble(c -> Math.exp(v[r * columns + c])).sum());
    numbers.expect(
        "softmax", p, each(2 * columns, i -> Math.exp(v[i]) / sums[i / columns]), FLOAT32);
    double norm = Math.sqrt(IntStream.range(0, 2 * columns).mapToDouble(i -> v[i] * v[i]).sum());
    CudaTensor measured = numbers.of(DType.FLOAT64, new double[] {backend.norm(x)}, 1);
    numbers.expect("norms", measured, new double[] {norm}, FLOAT32);
  }

  private static int largest(double[] v, int row, int columns) {
    int best = 0;
    for (int c = 1; c < columns; c++) {
      best = v[row * columns + c] > v[row * columns + best] ? c : best;
    }
    return best;
  }

  private void rows() {
    CudaTensor x = matrix(DType.BFLOAT16, 4);
    double[] v = numbers.read(x);
    int[] at = {2, 0, 1};
    CudaTensor index = numbers.of(DType.INT64, new double[] {2, 0, 1}, ROWS);
    CudaTensor out = numbers.zeros(DType.BFLOAT16, ROWS, SIZE);
    backend.gatherRows(out, x, index);
    numbers.expect(
        "taking rows", out, each(v.length, i -> v[at[i / SIZE] * SIZE + i % SIZE]), EXACT);
    double[] scattered = new double[v.length];
    backend.scatterRows(out, index, x);
    for (int i = 0; i < v.length; i++) {
      scattered[at[i / SIZE] * SIZE + i % SIZE] = v[i];
    }
    numbers.expect("putting rows", out, scattered, EXACT);
    CudaTensor same = numbers.of(DType.INT64, new double[ROWS], ROWS);
    CudaTensor sum = numbers.zeros(DType.FLOAT32, 1, SIZE);
    backend.addRows(sum, same, x);
    double[] total = each(SIZE, c -> v[c] + v[SIZE + c] + v[2 * SIZE + c]);
    numbers.expect("adding rows", sum, total, FLOAT32);
    CudaTensor embedding = numbers.zeros(DType.FLOAT32, 2, SIZE);
    fused.addRowsByToken(
        embedding,
        x,
        numbers.of(DType.INT32, new double[] {0, 1, 2}, ROWS),
        numbers.of(DType.INT32, new double[] {0, 3}, 2),
        numbers.of(DType.INT32, new double[] {1}, 1));
    numbers.expect(
        "adding rows of a token",
        embedding,
        each(2 * SIZE, i -> i < SIZE ? 0 : total[i - SIZE]),
        FLOAT32);
    CudaTensor pairs = numbers.empty(DType.BFLOAT16, 2, SIZE);
    fused.addPairsOfRows(
        pairs,
        x,
        numbers.of(DType.INT64, new double[] {0, 1}, 2),
        numbers.of(DType.INT64, new double[] {2, -1}, 2));
    numbers.expect(
        "adding pairs of rows",
        pairs,
        each(2 * SIZE, i -> i < SIZE ? v[i] + v[2 * SIZE + i] : v[i]),
        BFLOAT16);
  }

  private void places() {
    CudaTensor x = numbers.of(DType.FLOAT32, values(9, 5), 9);
    double[] v = numbers.read(x);
    CudaTensor index = numbers.of(DType.INT64, new double[] {1, 4, 4}, 3);
    CudaTensor out = numbers.empty(DType.FLOAT32, 3);
    backend.pick(out, x, index);
    numbers.expect("picking numbers", out, new double[] {v[1], v[4], v[4]}, EXACT);
    backend.addAt(x, index, numbers.of(DType.FLOAT32, new double[] {1, 2, 3}, 3));
    numbers.expect(
        "adding to places", x, each(9, i -> v[i] + (i == 1 ? 1 : i == 4 ? 5 : 0)), FLOAT32);
  }

  private void norm() {
    CudaTensor x = matrix(DType.BFLOAT16, 6);
    CudaTensor dy = matrix(DType.BFLOAT16, 7);
    CudaTensor w = numbers.of(DType.FLOAT32, values(SIZE, 8), SIZE);
    CudaTensor out = numbers.empty(DType.FLOAT32, ROWS, SIZE);
    CudaTensor inverse = numbers.empty(DType.FLOAT32, ROWS);
    double[] v = numbers.read(x);
    double[] g = numbers.read(dy);
    double[] weights = numbers.read(w);
    double[] inverses =
        each(ROWS, r -> 1 / Math.sqrt(mean(r, c -> v[r * SIZE + c] * v[r * SIZE + c]) + 1e-5));
    double[] expected = each(v.length, i -> v[i] * inverses[i / SIZE] * weights[i % SIZE]);
    fused.rmsNorm(out, inverse, x, w, 1e-5);
    numbers.expect("norms of rows", out, expected, FLOAT32);
    numbers.expect("inverse norms", inverse, inverses, FLOAT32);
    CudaTensor again = numbers.empty(DType.FLOAT32, ROWS, SIZE);
    fused.rmsNormAgain(again, inverse, x, w);
    numbers.expect("norms of rows again", again, expected, FLOAT32);
    CudaTensor dx = numbers.zeros(DType.FLOAT32, ROWS, SIZE);
    CudaTensor dw = numbers.zeros(DType.FLOAT32, SIZE);
    fused.rmsNormBackward(dx, dw, dy, x, inverse, w);
    double[] dots =
        each(ROWS, r -> mean(r, c -> g[r * SIZE + c] * weights[c] * v[r * SIZE + c] * inverses[r]));
    numbers.expect(
        "gradients of norms",
        dx,
        each(
            v.length,
            i -> {
              int r = i / SIZE;
              return inverses[r] * (g[i] * weights[i % SIZE] - v[i] * inverses[r] * dots[r]);
            }),
        FLOAT32);
    numbers.expect(
        "gradients of norms' weights",
        dw,
        each(
            SIZE,
            c ->
                IntStream.range(0, ROWS)
                    .mapToDouble(r -> g[r * SIZE + c] * v[r * SIZE + c] * inverses[r])
                    .sum()),
        FLOAT32);
  }

  private static double mean(int row, IntToDoubleFunction f) {
    return IntStream.range(0, SIZE).mapToDouble(f).average().orElse(row);
  }

  private void rotation() {
    int half = 4;
    CudaTensor positions = numbers.of(DType.INT32, new double[] {0, 7, 1000}, ROWS);
    CudaTensor frequencies = numbers.of(DType.FLOAT64, new double[] {1, 0.5, 0.25, 0.125}, half);
    CudaTensor cos = numbers.empty(DType.FLOAT32, ROWS, half);
    CudaTensor sin = numbers.empty(DType.FLOAT32, ROWS, half);
    fused.ropeTable(cos, sin, positions, frequencies, 1);
    int[] at = {0, 7, 1000};
    IntToDoubleFunction angle = i -> at[i / half] * Math.pow(0.5, i % half);
    numbers.expect("cosines", cos, each(12, i -> Math.cos(angle.applyAsDouble(i))), FLOAT32);
    numbers.expect("sines", sin, each(12, i -> Math.sin(angle.applyAsDouble(i))), FLOAT32);
    CudaTensor x = numbers.of(DType.FLOAT32, values(ROWS * 8, 9), 1, ROWS, 1, 8);
    double[] v = numbers.read(x);
    fused.rotate(x, x, cos, sin, 1, -1, false);
    numbers.expect(
        "rotations",
        x,
        each(
            ROWS * 8,
            i -> {
              double a = angle.applyAsDouble(i / 8 * half + i % half);
              return i % 8 < half
                  ? v[i] * Math.cos(a) - v[i + half] * Math.sin(a)
                  : v[i] * Math.cos(a) + v[i - half] * Math.sin(a);
            }),
        FLOAT32);
  }

  private void gate() {
    CudaTensor gate = matrix(DType.BFLOAT16, 10);
    CudaTensor up = matrix(DType.BFLOAT16, 11);
    CudaTensor d = matrix(DType.BFLOAT16, 12);
    double[] x = numbers.read(gate);
    double[] y = numbers.read(up);
    double[] g = numbers.read(d);
    double[] product = each(x.length, i -> x[i] * sigmoid(x[i]) * y[i]);
    CudaTensor out = numbers.empty(DType.BFLOAT16, ROWS, SIZE);
    fused.swiglu(out, gate, up);
    numbers.expect("gates", out, product, BFLOAT16);
    CudaTensor dGate = numbers.empty(DType.BFLOAT16, ROWS, SIZE);
    CudaTensor dUp = numbers.empty(DType.BFLOAT16, ROWS, SIZE);
    CudaTensor again = numbers.empty(DType.BFLOAT16, ROWS, SIZE);
    fused.swigluBackward(dGate, dUp, again, d, gate, up);
    numbers.expect("gates again", again, product, BFLOAT16);
    numbers.expect(
        "gradients of gates", dUp, each(x.length, i -> g[i] * x[i] * sigmoid(x[i])), BFLOAT16);
    numbers.expect(
        "gradients of gated numbers",
        dGate,
        each(x.length, i -> g[i] * y[i] * sigmoid(x[i]) * (1 + x[i] * (1 - sigmoid(x[i])))),
        BFLOAT16);
  }

  private void head() {
    CudaTensor logits = matrix(DType.BFLOAT16, 13);
    double[] z = numbers.read(logits);
    CudaTensor[] out = new CudaTensor[5];
    for (int i = 0; i < out.length; i++) {
      out[i] = numbers.empty(DType.FLOAT32, ROWS);
    }
    fused.logitStats(out[0], out[1], out[2], out[3], out[4], logits);
    double[] max = each(ROWS, r -> z[r * SIZE + largest(z, r, SIZE)]);
    numbers.expect("the largest logits", out[0], max, EXACT);
    String sums = "sums over logits";
    numbers.expect(sums, out[1], sums(z, (x, r) -> Math.exp(x - max[r])), FLOAT32);
    numbers.expect(sums, out[2], sums(z, (x, r) -> x), FLOAT32);
    numbers.expect(sums, out[3], sums(z, (x, r) -> Math.exp(x - max[r]) * (x - max[r])), FLOAT32);
    numbers.expect(sums, out[4], sums(z, (x, r) -> Math.exp(2 * (x - max[r]))), FLOAT32);
    CudaTensor scale = numbers.of(DType.FLOAT32, new double[] {1, -0.5, 2}, ROWS);
    double[] scales = {1, -0.5, 2};
    fused.logitGradient(logits, logits, out[0], scale);
    numbers.expect(
        "gradients of logits",
        logits,
        each(z.length, i -> Math.exp(z[i] - max[i / SIZE]) * scales[i / SIZE]),
        BFLOAT16);
  }

  /** What a logit adds to a sum of its row. */
  private interface Term {
    double of(double logit, int row);
  }

  private static double[] sums(double[] z, Term term) {
    return each(
        ROWS, r -> IntStream.range(0, SIZE).mapToDouble(c -> term.of(z[r * SIZE + c], r)).sum());
  }

  private void optimizer() {
    CudaTensor w = numbers.of(DType.FLOAT32, new double[] {1, -2}, 2);
    CudaTensor g = numbers.of(DType.FLOAT32, new double[] {0.5, 4}, 2);
    CudaTensor m = numbers.zeros(DType.FLOAT32, 2);
    CudaTensor v = numbers.zeros(DType.FLOAT32, 2);
    CudaTensor copy = numbers.empty(DType.BFLOAT16, 2);
    fused.adamW(w, g, m, v, copy, new AdamWStep(1, 0.25, 0.9, 0.999, 0.5, 1e-8), 1, true);
    // The first step goes by the learning rate, against the gradient.
    double[] expected = {1 - 0.125 - 0.25, -2 + 0.25 - 0.25};
    numbers.expect("the optimizer's step", w, expected, FLOAT32);
    numbers.expect("the optimizer's copy", copy, expected, BFLOAT16);
    numbers.expect("the optimizer's clearing", g, new double[2], EXACT);
  }

  private void narrow() {
    CudaTensor x = numbers.of(DType.FLOAT32, new double[] {1.0048828125, -3}, 2);
    backend.roundMantissa(x, 0x8000, 0xffff0000);
    numbers.expect("short mantissas", x, new double[] {1.0078125, -3}, EXACT);
    CudaTensor codes = numbers.empty(DType.UINT8, 2);
    backend.encode8(codes, x);
    numbers.expect("codes of 8 bits", codes, new double[] {0x38, 0xc4}, EXACT);
    backend.decode8(x, codes);
    numbers.expect("numbers of 8 bits", x, new double[] {1, -3}, EXACT);
    CudaTensor book = numbers.of(DType.FLOAT32, each(16, code -> code - 8), 16);
    CudaTensor pairs = numbers.of(DType.UINT8, new double[] {0x0f, 0xc8}, 2);
    CudaTensor widened = numbers.empty(DType.FLOAT32, 4);
    fused.widenCodes(widened, pairs, book, numbers.of(DType.FLOAT32, new double[] {0.5, 3}, 2), 2);
    numbers.expect("weights of 4 bits", widened, new double[] {-4, 3.5, 12, 0}, EXACT);
  }

  private void products() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.BFLOAT16}) {
      CudaTensor a = matrix(dtype, 14);
      CudaTensor b = matrix(dtype, 15);
      double[] x = numbers.read(a);
      double[] y = numbers.read(b);
      CudaTensor out = numbers.empty(DType.FLOAT32, ROWS, ROWS);
      IntToDoubleFunction dot =
          i ->
              IntStream.range(0, SIZE)
                  .mapToDouble(c -> x[i / ROWS * SIZE + c] * y[i % ROWS * SIZE + c])
                  .sum();
      backend.mm(out, a, numbers.turned(b), false);
      numbers.expect("products of " + dtype.torchName(), out, each(9, dot), FLOAT32);
      backend.mm(out, a, numbers.turned(b), true);
      numbers.expect(
          "sums of products of " + dtype.torchName(),
          out,
          each(9, i -> 2 * dot.applyAsDouble(i)),
          FLOAT32);
    }
  }

  private void cachedAttention() {
    int size = 8;
    CudaTensor q = numbers.of(DType.FLOAT32, values(size, 16), 1, 1, 1, size);
    CudaTensor k = numbers.of(DType.FLOAT32, values(5 * size, 17), 1, 1, 5, size);
    CudaTensor v = numbers.of(DType.FLOAT32, values(5 * size, 18), 1, 1, 5, size);
    double[] a = numbers.read(q);
    double[] b = numbers.read(k);
    double[] c = numbers.read(v);
    double[] p =
        each(
            5,
            j -> Math.exp(IntStream.range(0, size).mapToDouble(i -> a[i] * b[j * size + i]).sum()));
    double sum = IntStream.range(0, 5).mapToDouble(j -> p[j]).sum();
    CudaTensor out = numbers.empty(DType.FLOAT32, 1, 1, 1, size);
    backend.attention(out, q, k, v, null);
    numbers.expect(
        "attention to a cache",
        out,
        each(size, i -> IntStream.range(0, 5).mapToDouble(j -> p[j] / sum * c[j * size + i]).sum()),
        FLOAT32);
  }
}
