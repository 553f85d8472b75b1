/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.KernelBench;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.Numbers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Products on the host, by the loop of our own and by an installed PyTorch, against sums in double.
 */
class HostProductsTest {
  /** Float32 sums of a few hundred products around 1. */
  private static final double TOLERANCE = 2e-5;

  private HostDriver device;
  @TempDir Path folder;

  @BeforeEach
  void open() {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    device = new HostDriver();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  @Test
  void theLoopMultipliesEveryLayout() {
    checkAll(null);
  }

  /**
   * In a process of its own: the bundled engine may run in this one, and two PyTorches do not mix.
   */
  @Test
  void pyTorchMultipliesEveryLayout() throws Exception {
    String torch = System.getenv("DPO4J_LIBTORCH");
    assumeTrue(torch != null, "DPO4J_LIBTORCH names no PyTorch");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WithPyTorch.class.getName(),
                torch)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("all products are right");
  }

  /** The process with PyTorch. */
  static final class WithPyTorch {
    private WithPyTorch() {}

    public static void main(String[] args) {
      HostProductsTest test = new HostProductsTest();
      test.open();
      test.checkAll(Path.of(args[0]));
      test.close();
      System.out.println("all products are right");
    }
  }

  private void checkAll(@Nullable Path torch) {
    try (HostProducts products = new HostProducts(device, torch)) {
      for (DType dtype : KernelBench.FLOATS) {
        for (DType out : new DType[] {dtype, DType.FLOAT32}) {
          for (int batch : new int[] {1, 3}) {
            for (int layout = 0; layout < 8; layout++) {
              check(products, new Case(dtype, out, batch, 5, 300, 7, layout));
            }
          }
          check(products, new Case(dtype, out, 1, 1, 1, 1, 0));
          check(products, new Case(dtype, out, 2, 1, 64, 33, 3));
          check(products, new Case(dtype, out, 1, 40, 0, 3, 0));
        }
      }
    }
  }

  /**
   * A product.
   *
   * @param layout bits: the first factor is transposed, the second is, beta is 1
   */
  private record Case(DType dtype, DType out, int batch, int m, int k, int n, int layout) {
    boolean leftTransposed() {
      return (layout & 1) != 0;
    }

    boolean rightTransposed() {
      return (layout & 2) != 0;
    }

    double beta() {
      return layout >> 2;
    }
  }

  private void check(HostProducts products, Case c) {
    Matrices a = factor(c.dtype(), c.batch(), c.m(), c.k(), c.leftTransposed(), true);
    // The second factor serves for all matrices of a stack.
    Matrices b = factor(c.dtype(), c.batch(), c.k(), c.n(), c.rightTransposed(), false);
    int stride = c.n() + 3;
    int count = c.batch() * c.m() * stride;
    Numbers out = Numbers.of(device, c.out(), KernelBench.random(count, 9));
    double[] left = values(a);
    double[] right = values(b);
    double[] expected = out.values();
    for (int i = 0; i < c.batch() * c.m() * c.n(); i++) {
      int column = i % c.n();
      int row = i / c.n() % c.m();
      int batch = i / c.n() / c.m();
      int at = (batch * c.m() + row) * stride + column;
      double sum = c.beta() * expected[at];
      for (int k = 0; k < c.k(); k++) {
        sum += left[at(a, batch, row, k)] * right[at(b, batch, k, column)];
      }
      expected[at] = sum;
    }
    long outBatch = (long) c.m() * stride;
    Matrices result =
        new Matrices(out.address(), c.out(), c.m(), c.n(), stride, 1, c.batch(), outBatch);
    products.multiply(result, a, b, c.beta());
    KernelBench.assertClose(Kernel.UNARY, out, expected, TOLERANCE);
    device.free(out.address());
    device.free(a.address());
    device.free(b.address());
  }

  private static int at(Matrices x, int batch, int row, int column) {
    return (int) (batch * x.batchStride() + row * x.rowStride() + column * x.columnStride());
  }

  private double[] values(Matrices x) {
    int batches = x.batchStride() == 0 ? 1 : (int) x.batch();
    int size =
        (int) (x.rowStride() == 1 ? x.columns() * x.columnStride() : x.rows() * x.rowStride());
    return new Numbers(device, x.address(), x.dtype(), Math.max(1, batches * size)).values();
  }

  /** Rows lie further apart than they are long. */
  private Matrices factor(
      DType dtype, int batch, int rows, int columns, boolean transposed, boolean each) {
    int stride = (transposed ? rows : columns) + 2;
    int size = stride * (transposed ? columns : rows);
    int count = Math.max(1, each ? batch * size : size);
    Numbers x = Numbers.of(device, dtype, KernelBench.random(count, rows));
    return new Matrices(
        x.address(),
        dtype,
        rows,
        columns,
        transposed ? 1 : stride,
        transposed ? stride : 1,
        batch,
        each ? size : 0);
  }

  @Test
  void withBetaZeroTheOldContentIsNotRead() {
    Numbers a = Numbers.of(device, DType.FLOAT32, 1, 2);
    Numbers out = Numbers.empty(device, DType.FLOAT32, 1);
    try (HostProducts products = new HostProducts(device, null)) {
      products.multiply(
          new Matrices(out.address(), DType.FLOAT32, 1, 1, 1, 1, 1, 0),
          new Matrices(a.address(), DType.FLOAT32, 1, 2, 2, 1, 1, 0),
          new Matrices(a.address(), DType.FLOAT32, 2, 1, 1, 1, 1, 0),
          0);
    }
    KernelBench.assertClose(Kernel.UNARY, out, new double[] {5}, 0);
  }

  @Test
  void matricesThatDoNotFitAreRefused() {
    Matrices a = new Matrices(0, DType.FLOAT32, 2, 3, 3, 1, 1, 0);
    Matrices b = new Matrices(0, DType.FLOAT32, 4, 2, 2, 1, 1, 0);
    Matrices c = new Matrices(0, DType.FLOAT32, 2, 2, 2, 1, 1, 0);
    try (HostProducts products = new HostProducts(device, null)) {
      assertThatThrownBy(() -> products.multiply(c, a, b, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no product of");
    }
  }

  @Test
  void aFolderWithoutPyTorchIsNamed() {
    assertThatThrownBy(() -> new HostProducts(device, folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("libtorch_global_deps.so is missing");
  }
}
