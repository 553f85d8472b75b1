/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static dev.dpo4j.tensor.cuda.kernel.KernelBench.random;

import dev.dpo4j.tensor.DType;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gate of the feed-forward layer, and attention over a cache. */
class LayerKernelTest {
  /** A few float32 operations and an exponential. */
  private static final double TOLERANCE = 3e-6;

  private KernelBench bench;

  @BeforeEach
  void open() {
    bench = new KernelBench();
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  // ---- The gate
  // ----------------------------------------------------------------------------------

  private static final int ROWS = 7;

  @Test
  void theGateWeighsTheOtherHalfOfItsMatrix() {
    for (DType outType : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      for (DType inType : KernelBench.FLOATS) {
        for (int size : new int[] {3, 64, 200}) {
          // Gate and up lie side by side, as one product gives them.
          Numbers both = bench.of(inType, random(ROWS * 2 * size, 1));
          Numbers out = bench.of(outType, random(ROWS * (size + 8), 2));
          double[] in = both.values();
          double[] expected = out.values();
          for (int i = 0; i < ROWS * size; i++) {
            int at = i / size * 2 * size + i % size;
            expected[i / size * (size + 8) + i % size] = in[at] * sigmoid(in[at]) * in[at + size];
          }
          bench.check(
              Kernel.SWIGLU,
              args -> {
                args.add(out.address()).add(out.type());
                args.add(both.address()).add(both.at(size)).add(both.type());
                args.add((long) ROWS).add((long) size).add((long) size + 8).add(2L * size);
              },
              out,
              expected,
              TOLERANCE);
        }
      }
    }
  }

  @Test
  void theGatesGradientsAreThoseOfTheFormulaAndTheProductIsGivenAgain() {
    for (DType dtype : KernelBench.FLOATS) {
      for (int size : new int[] {3, 64, 200}) {
        for (boolean product : new boolean[] {false, true}) {
          checkBackward(dtype, size, product);
        }
      }
    }
  }

  private void checkBackward(DType dtype, int size, boolean withProduct) {
    Numbers both = bench.of(dtype, random(ROWS * 2 * size, 1));
    Numbers d = bench.of(dtype, random(ROWS * size, 2));
    Numbers dBoth = bench.empty(dtype, ROWS * 2 * size);
    double[] in = both.values();
    double[] gradient = d.values();
    double[] expected = new double[in.length];
    double[] products = new double[ROWS * size];
    for (int i = 0; i < ROWS * size; i++) {
      int at = i / size * 2 * size + i % size;
      double s = sigmoid(in[at]);
      products[i] = in[at] * s * in[at + size];
      expected[at] = gradient[i] * in[at + size] * s * (1 + in[at] * (1 - s));
      expected[at + size] = gradient[i] * in[at] * s;
    }
    Consumer<Arguments> struct =
        args -> {
          args.add(dBoth.address()).add(dBoth.at(size)).add(dBoth.type()).add(2L * size);
          args.add(d.address()).add(d.type()).add((long) size);
          args.add(both.address()).add(both.at(size)).add(both.type()).add(2L * size);
          // The product may take the place of its gradient.
          args.add(withProduct ? d.address() : 0L).add(d.type()).add((long) size);
          args.add((long) ROWS).add((long) size);
        };
    bench.run(
        Kernel.SWIGLU_BACKWARD,
        struct,
        List.of(dBoth, d),
        () -> {
          KernelBench.assertClose(Kernel.SWIGLU_BACKWARD, dBoth, expected, TOLERANCE);
          KernelBench.assertClose(
              Kernel.SWIGLU_BACKWARD, d, withProduct ? products : gradient, TOLERANCE);
        });
  }

  @Test
  void aGateFarFromZeroIsClosedOrWideOpenWithoutOverflow() {
    Numbers in = bench.of(DType.FLOAT32, -200, 200, 1, 1);
    Numbers out = bench.empty(DType.FLOAT32, 2);
    bench.check(
        Kernel.SWIGLU,
        args -> {
          args.add(out.address()).add(out.type());
          args.add(in.address()).add(in.at(2)).add(in.type());
          args.add(1L).add(2L).add(2L).add(2L);
        },
        out,
        new double[] {0, 200},
        0);
  }

  // ---- Attention
  // -----------------------------------------------------------------------------------

  /** Sizes of an attention. */
  private record Shape(int batch, int heads, int queries, int keys, int size) {}

  @Test
  void aQuerySeesAllKeysThatItsMaskLeaves() {
    for (DType dtype : KernelBench.FLOATS) {
      for (Shape shape :
          List.of(
              new Shape(1, 1, 1, 1, 8),
              new Shape(2, 3, 1, 37, 64),
              new Shape(2, 2, 3, 130, 80),
              new Shape(1, 2, 1, 9, 128),
              new Shape(1, 2, 2, 300, 256))) {
        checkAttention(dtype, shape, false);
        checkAttention(dtype, shape, true);
      }
    }
  }

  private void checkAttention(DType dtype, Shape s, boolean masked) {
    // Keys lie with room for more: [batch, heads, keys + 5, size].
    int room = s.keys() + 5;
    Numbers q = bench.of(dtype, random(s.batch() * s.heads() * s.queries() * s.size(), 1));
    Numbers k = bench.of(dtype, random(s.batch() * s.heads() * room * s.size(), 2));
    Numbers v = bench.of(dtype, random(s.batch() * s.heads() * room * s.size(), 3));
    double[] added = new double[s.batch() * s.keys()];
    for (int i = 0; i < added.length && masked; i++) {
      // The first keys of the second sequence are padding.
      added[i] =
          i >= s.keys() && i < s.keys() + s.keys() / 3 ? Double.NEGATIVE_INFINITY : 0.5 * (i % 3);
    }
    Numbers mask = bench.of(DType.FLOAT32, added);
    Numbers out = bench.empty(dtype, q.count());
    double scale = 1 / Math.sqrt(s.size());
    double[] expected = attention(s, room, q.values(), k.values(), v.values(), added, scale);
    bench.check(
        Kernel.ATTENTION_STEP,
        args -> {
          args.add(out.address()).add(out.type());
          args.add(q.address()).add(k.address()).add(v.address()).add(q.type());
          args.add(masked ? mask.address() : 0L);
          args.add((long) s.batch()).add((long) s.heads()).add((long) s.queries());
          args.add((long) s.keys()).add((long) s.size());
          long row = s.size();
          args.add(s.heads() * room * row).add(room * row).add(row);
          args.add(s.heads() * s.queries() * row).add(s.queries() * row).add(row);
          // The result has the queries' rows outside the heads: [batch, queries, heads, size].
          args.add(s.heads() * s.queries() * row).add(row).add(s.heads() * row);
          args.add((long) s.keys()).add(scale);
        },
        out,
        expected,
        TOLERANCE);
  }

  private static double[] attention(
      Shape s, int room, double[] q, double[] k, double[] v, double[] mask, double scale) {
    double[] out = new double[q.length];
    for (int row = 0; row < s.batch() * s.heads() * s.queries(); row++) {
      int i = row % s.queries();
      int h = row / s.queries() % s.heads();
      int b = row / s.queries() / s.heads();
      double[] p = new double[s.keys()];
      double max = Double.NEGATIVE_INFINITY;
      double sum = 0;
      for (int j = 0; j < s.keys(); j++) {
        for (int c = 0; c < s.size(); c++) {
          p[j] += q[row * s.size() + c] * k[((b * s.heads() + h) * room + j) * s.size() + c];
        }
        p[j] = p[j] * scale + mask[b * s.keys() + j];
        max = Math.max(max, p[j]);
      }
      for (int j = 0; j < s.keys(); j++) {
        p[j] = Math.exp(p[j] - max);
        sum += p[j];
      }
      int at = ((b * s.queries() + i) * s.heads() + h) * s.size();
      for (int j = 0; j < s.keys(); j++) {
        for (int c = 0; c < s.size(); c++) {
          out[at + c] += p[j] / sum * v[((b * s.heads() + h) * room + j) * s.size() + c];
        }
      }
    }
    return out;
  }
}
