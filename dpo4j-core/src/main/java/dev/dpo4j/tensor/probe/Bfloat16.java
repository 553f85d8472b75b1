/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether this processor or card multiplies bfloat16 matrices in hardware.
 *
 * <p>Without such units the engine falls back to code that is one to two orders of magnitude slower
 * than float32: a run with {@code bf16} would seem to hang.
 */
public final class Bfloat16 {
  /** System property that overrides the detection: {@code true} or {@code false}. */
  public static final String PROPERTY = "dpo4j.bfloat16";

  /** Why a run that asks for bfloat16 computes in float32, and what the user can do. */
  public static final String FALLBACK =
      "this device has no bfloat16 units, so the run computes in float32;"
          + " remove bf16 to silence this warning";

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** The flags of x86 processors, and the features of Arm ones, that stand for such units. */
  private static final Set<String> UNITS = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /** A fallback in software is ten and more times slower; a busy machine never that much. */
  private static final double MUCH_SLOWER = 4;

  private static final int SIZE = 256;
  private static final int REPEATS = 3;

  private static @Nullable Boolean measured;

  private Bfloat16() {}

  /** Returns whether bfloat16 products are worth asking for. */
  public static boolean hasUnits() {
    if (Backends.onCard()) {
      return Backends.hasBfloat16();
    }
    String told = System.getProperty(PROPERTY);
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    try {
      return hasUnits(Files.readString(CPU_INFO));
    } catch (IOException e) {
      // Other systems list no flags.
      return measured();
    }
  }

  /** Looks for the units in the text of {@code /proc/cpuinfo}. */
  static boolean hasUnits(String cpuInfo) {
    return cpuInfo
        .lines()
        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
        .flatMap(line -> List.of(line.split("\\s+", -1)).stream())
        .anyMatch(UNITS::contains);
  }

  private static synchronized boolean measured() {
    Boolean known = measured;
    if (known == null) {
      Engine.ensureStarted();
      known = seconds(DType.BFLOAT16) < MUCH_SLOWER * seconds(DType.FLOAT32);
      measured = known;
    }
    return known;
  }

  /** The best time of a small product. */
  static double seconds(DType type) {
    double best = Double.MAX_VALUE;
    try (Scope scope = Scope.open()) {
      Tensor factor = Tensor.zeros(DType.FLOAT32, SIZE, SIZE).to(type);
      Tensor product = Tensor.zeros(type, SIZE, SIZE);
      for (int i = 0; i < REPEATS; i++) {
        long start = System.nanoTime();
        Ops.mm(product, factor, factor);
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
    }
    return best;
  }
}
