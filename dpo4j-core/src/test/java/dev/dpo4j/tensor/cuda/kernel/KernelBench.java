/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.card.CudaDoor;
import dev.dpo4j.tensor.cuda.host.HostDriver;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs a kernel by blocks of several sizes, more than once, and looks at what it wrote. */
public final class KernelBench implements AutoCloseable {
  /** How a kernel is started. */
  record Launch(long gridX, long gridY, int block) {}

  private static final boolean ON_CARD =
      System.getProperty("dpo4j.test.device", "").startsWith("cuda");

  /** The host cuts larger blocks. */
  static final List<Launch> LAUNCHES =
      ON_CARD
          ? List.of(new Launch(1, 1, 32), new Launch(2, 3, 256), new Launch(5, 1, 1024))
          : List.of(new Launch(1, 1, 32), new Launch(3, 1, 64), new Launch(2, 3, 128));

  /** Types that every layer computes in. */
  public static final List<DType> FLOATS = List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16);

  /** One for all tests: a card is opened once. */
  private static @Nullable Driver card;

  private final Driver device;

  /** On the host a device whose threads run in the opposite order, else the same one. */
  private final Driver again;

  private final List<Numbers> all = new ArrayList<>();
  private List<byte[]> before = List.of();

  /** Takes the host, or with {@code -Ddpo4j.test.device=cuda} the card. */
  KernelBench() {
    if (ON_CARD) {
      device = card();
      again = device;
    } else {
      assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
      device = new HostDriver();
      again = new HostDriver(HostDriver.MEMORY, HostDriver.MOST_THREADS, true);
    }
  }

  private static synchronized Driver card() {
    if (card == null) {
      card = CudaDoor.open(0, "auto").driver();
    }
    return card;
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
  public static double[] random(int count, long seed) {
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

  /** Runs a kernel twice; both must write the same bytes, which stay in place. */
  void run(Kernel kernel, Launch launch, Consumer<Arguments> struct, List<Numbers> changed) {
    before = changed.stream().map(Numbers::bytes).toList();
    launch(again, kernel, launch, struct);
    List<byte[]> first = changed.stream().map(Numbers::bytes).toList();
    for (int i = 0; i < changed.size(); i++) {
      changed.get(i).restore(before.get(i));
    }
    launch(device, kernel, launch, struct);
    for (int i = 0; i < changed.size(); i++) {
      assertThat(changed.get(i).bytes())
          .as("%s by %s, a second time", kernel, launch)
          .isEqualTo(first.get(i));
    }
  }

  private static void launch(
      Driver device, Kernel kernel, Launch launch, Consumer<Arguments> struct) {
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
  public static void assertClose(Kernel kernel, Numbers out, double[] expected, double tolerance) {
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
    if (device != card) {
      device.close();
      again.close();
    }
  }
}
