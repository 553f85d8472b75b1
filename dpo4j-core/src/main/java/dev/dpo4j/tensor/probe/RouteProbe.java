/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the route of float32 matrix products by measuring both, once per machine.
 *
 * <p>A route is taken only when its results are as exact as float32 allows: on processors with
 * matrix units oneDNN may round factors to bfloat16, which would change the training. The choice is
 * kept in a file, because a run can be repeated to the byte only on the same route.
 */
public final class RouteProbe {
  private static final Logger LOG = LoggerFactory.getLogger(RouteProbe.class);

  /** Largest error against float64, relative to the largest value; bfloat16 is near 3e-3. */
  private static final double MAX_ERROR = 1e-5;

  /** oneDNN must win by this much: the BLAS is the simpler route. */
  private static final double MARGIN = 1.05;

  private static final int ROWS = 1024;
  private static final int INNER = 768;
  private static final int COLUMNS = 3072;
  private static final int REPEATS = 5;

  private RouteProbe() {}

  /**
   * Takes the pinned route ({@code DPO4J_ROUTE=blas|onednn}), else the remembered one, else the
   * faster one, which is then remembered.
   *
   * @param cacheFolder where choices are remembered
   */
  public static void apply(Engine engine, Map<String, String> env, Path cacheFolder) {
    choose(engine, env, cacheFolder);
    LOG.debug("{}", engine.describe());
  }

  private static void choose(Engine engine, Map<String, String> env, Path cacheFolder) {
    String pinned = env.get("DPO4J_ROUTE");
    if (pinned != null && !pinned.isBlank()) {
      engine.use(parse(pinned), "pinned by DPO4J_ROUTE");
      return;
    }
    Path file = cacheFolder.resolve("route3-" + key(engine) + ".txt");
    try {
      if (Files.exists(file)) {
        String[] words = Files.readString(file, StandardCharsets.UTF_8).split("\n", 2);
        engine.use(parse(words[0]), words.length > 1 ? words[1].trim() : "remembered");
        return;
      }
      measure(engine);
      Files.createDirectories(cacheFolder);
      Path aside = Files.createTempFile(cacheFolder, "route", ".tmp");
      Files.writeString(aside, engine.route() + "\n" + engine.routeReason() + "\n");
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("The choice of the matrix route cannot be remembered in {}: {}", file, e.toString());
      measure(engine);
    }
  }

  private static Engine.Route parse(String name) {
    for (Engine.Route route : Engine.Route.values()) {
      if (route.name().equals(name.trim().toUpperCase(Locale.ROOT))) {
        return route;
      }
    }
    throw new IllegalArgumentException(
        "DPO4J_ROUTE must be blas or onednn but was \"" + name + "\"");
  }

  private static String key(Engine engine) {
    String all = Engine.version() + engine.blas() + engine.threads() + engine.cpuCapability();
    return Integer.toHexString(all.hashCode()) + "-" + Integer.toHexString(cpu().hashCode());
  }

  private static String cpu() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo"))
          .lines()
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      return System.getProperty("os.arch", "");
    }
  }

  private static void measure(Engine engine) {
    engine.use(Engine.Route.BLAS, "probing");
    Product plain = product();
    engine.use(Engine.Route.ONEDNN, "probing");
    Product other = product();
    if (Arrays.equals(plain.values(), other.values())) {
      // On processors without bfloat16 instructions libtorch never asks oneDNN: what a measurement
      // would compare is the same code.
      engine.use(Engine.Route.BLAS, "libtorch gives oneDNN no float32 products on this processor");
      return;
    }
    double error = other.error();
    double blas = 0;
    double oneDnn = 0;
    // In turn, so that a neighbour's load or a change of the clock meets both.
    for (int i = 0; i < REPEATS; i++) {
      engine.use(Engine.Route.BLAS, "probing");
      blas = Math.max(blas, rate());
      engine.use(Engine.Route.ONEDNN, "probing");
      oneDnn = Math.max(oneDnn, rate());
    }
    String figures =
        String.format(Locale.ROOT, "%s %.0f, oneDNN %.0f GFLOP/s", engine.blas(), blas, oneDnn);
    if (error > MAX_ERROR) {
      engine.use(
          Engine.Route.BLAS,
          String.format(Locale.ROOT, "oneDNN is not exact here: error %.1e", error));
    } else if (oneDnn > MARGIN * blas) {
      engine.use(Engine.Route.ONEDNN, "probe: " + figures);
    } else {
      engine.use(Engine.Route.BLAS, "probe: " + figures);
    }
  }

  /** The rate of the three products that training does with a layer, in GFLOP/s. */
  private static double rate() {
    try (Scope scope = Scope.open()) {
      Tensor x = pattern(ROWS, INNER);
      Tensor w = pattern(COLUMNS, INNER);
      Tensor y = Tensor.zeros(DType.FLOAT32, ROWS, COLUMNS);
      Tensor dx = Tensor.zeros(DType.FLOAT32, ROWS, INNER);
      Tensor dw = Tensor.zeros(DType.FLOAT32, COLUMNS, INNER);
      long start = System.nanoTime();
      Ops.mm(y, x, w.transpose(0, 1));
      Ops.mm(dx, y, w);
      Ops.addmm_(dw, y.transpose(0, 1), x);
      return 6.0 * ROWS * INNER * COLUMNS / (System.nanoTime() - start);
    }
  }

  /**
   * A product in the route in use.
   *
   * @param values float32 values in float64
   * @param error the largest error against float64, relative to the largest value
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on their way to a comparison
  private record Product(double[] values, double error) {}

  private static Product product() {
    int size = 256;
    try (Scope scope = Scope.open()) {
      Tensor x = pattern(size, INNER);
      Tensor w = pattern(size, INNER);
      Tensor y = Tensor.zeros(DType.FLOAT32, size, size);
      Ops.mm(y, x, w.transpose(0, 1));
      Tensor exact = Tensor.zeros(DType.FLOAT64, size, size);
      Ops.mm(exact, x.to(DType.FLOAT64), w.to(DType.FLOAT64).transpose(0, 1));
      double[] expected = exact.toDoubles();
      double[] actual = y.toDoubles();
      double largest = 0;
      double difference = 0;
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
      }
      return new Product(actual, difference / largest);
    }
  }

  /** Numbers that need all bits of a float32, the same every time. */
  private static Tensor pattern(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.7 + 0.1);
    }
    return Tensor.ofFloats(values, rows, columns);
  }
}
