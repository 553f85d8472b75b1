/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Runs a kernel by blocks of several sizes, forwards and backwards, and looks at what it wrote. */
final class KernelBench implements AutoCloseable {
  /** How a kernel is started. */
  record Launch(long gridX, long gridY, int block) {}

  static final List<Launch> LAUNCHES =
      List.of(new Launch(1, 1, 32), new Launch(3, 1, 64), new Launch(2, 3, 128));

  /** Types that every layer computes in. */
  static final List<DType> FLOATS = List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16);

  private final HostDriver device;
  private final HostDriver reversed;
  private final List<Numbers> all = new ArrayList<>();

  KernelBench() {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    device = new HostDriver();
    reversed = new HostDriver(HostDriver.MEMORY, HostDriver.MOST_THREADS, true);
  }

  HostDriver device() {
    return device;
  }

  Numbers of(DType dtype, double... values) {
    Numbers numbers = Numbers.of(device, dtype, values);
    all.add(numbers);
    return numbers;
  }

  Numbers empty(DType dtype, int count) {
    Numbers numbers = Numbers.empty(device, dtype, count);
    all.add(numbers);
    return numbers;
  }

  /** Numbers around zero, always the same ones for a seed. */
  static double[] random(int count, long seed) {
    Random random = new Random(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  /** Whole numbers from 0 on, below a bound. */
  static double[] randomWhole(int count, int bound, long seed) {
    return new Random(seed).ints(count, 0, bound).asDoubleStream().toArray();
  }

  /**
   * Runs a kernel by each of {@link #LAUNCHES}.
   *
   * @param changed what it writes
   * @param check looks at the result of each run
   */
  void run(Kernel kernel, Consumer<Arguments> struct, List<Numbers> changed, Runnable check) {
    for (Launch launch : LAUNCHES) {
      run(kernel, launch, struct, changed);
      check.run();
      changed.forEach(x -> x.restore(before.get(changed.indexOf(x))));
    }
  }

  private List<byte[]> before = List.of();

  /** Runs a kernel once each way; both must write the same bytes, which stay in place. */
  void run(Kernel kernel, Launch launch, Consumer<Arguments> struct, List<Numbers> changed) {
    before = changed.stream().map(Numbers::bytes).toList();
    launch(reversed, kernel, launch, struct);
    List<byte[]> backwards = changed.stream().map(Numbers::bytes).toList();
    for (int i = 0; i < changed.size(); i++) {
      changed.get(i).restore(before.get(i));
    }
    launch(device, kernel, launch, struct);
    for (int i = 0; i < changed.size(); i++) {
      assertThat(changed.get(i).bytes())
          .as("%s by %s, threads in opposite order", kernel, launch)
          .isEqualTo(backwards.get(i));
    }
  }

  private static void launch(
      HostDriver device, Kernel kernel, Launch launch, Consumer<Arguments> struct) {
    Arguments arguments = new Arguments().begin();
    struct.accept(arguments);
    device.launch(kernel, launch.gridX(), launch.gridY(), launch.block(), arguments);
  }

  /** Runs a kernel that writes one array, and compares it. */
  void check(
      Kernel kernel, Consumer<Arguments> struct, Numbers out, double[] expected, double tolerance) {
    run(kernel, struct, List.of(out), () -> assertClose(kernel, out, expected, tolerance));
  }

  /**
   * Compares with what was worked out in double.
   *
   * @param tolerance of float32, relative to the larger of the number and 1; the result's rounding
   *     comes on top
   */
  static void assertClose(Kernel kernel, Numbers out, double[] expected, double tolerance) {
    double[] values = out.values();
    assertThat(values).as("%s", kernel).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      double size = Math.max(1, Math.abs(expected[i]));
      double allowed = tolerance * size + unit(out.dtype()) * Math.abs(expected[i]);
      boolean close =
          Double.compare(values[i], expected[i]) == 0
              || values[i] == expected[i]
              || Math.abs(values[i] - expected[i]) <= allowed;
      assertThat(close)
          .as(
              "%s, %s: number %d is %s, expected %s within %s",
              kernel, out.dtype(), i, values[i], expected[i], allowed)
          .isTrue();
    }
  }

  /** Half a unit in the last place, relative to the number. */
  private static double unit(DType dtype) {
    return switch (dtype) {
      case BFLOAT16 -> 0x1p-8;
      case FLOAT16 -> 0x1p-11;
      default -> 0;
    };
  }

  /** Frees everything, which tells whether a kernel wrote beyond its memory. */
  @Override
  public void close() {
    all.forEach(numbers -> device.free(numbers.address()));
    device.close();
    reversed.close();
  }
}
