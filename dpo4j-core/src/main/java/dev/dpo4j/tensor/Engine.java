/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import dev.dpo4j.tensor.probe.RouteProbe;
import dev.dpo4j.tensor.start.EngineException;
import dev.dpo4j.tensor.start.EngineFiles;
import dev.dpo4j.tensor.start.EngineSeparation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Start-up of libtorch: natives, threads, and the route that matrix products take.
 *
 * <p>A route is a BLAS (MKL where its jar is on the class path, else OpenBLAS) and, above it, the
 * choice whether float32 products go to oneDNN. {@link RouteProbe} measures which is faster and
 * whether it is accurate; the answer is kept per machine so that a run can be repeated to the byte.
 */
public final class Engine {
  private static final String BLAS_PROPERTY = "org.bytedeco.openblas.load";
  private static final String MKL_LIBRARY = "org/bytedeco/mkl/linux-x86_64/libmkl_rt.so.2";

  private static @Nullable Engine started;

  private final String blas;
  private Route route;
  private String routeReason;

  private Engine(String blas, Route route, String routeReason) {
    this.blas = blas;
    this.route = route;
    this.routeReason = routeReason;
  }

  /** Where float32 matrix products are computed. */
  public enum Route {
    /** The BLAS that is loaded. */
    BLAS,
    /** oneDNN, which libtorch uses for float32 when its matmul precision is "medium". */
    ONEDNN
  }

  /** Starts the engine with its defaults unless it runs already. */
  public static Engine ensureStarted() {
    Engine engine = started;
    return engine != null ? engine : start();
  }

  /**
   * Gives memory that was freed back to the system. Reading a model and its tokenizer leaves a few
   * hundred megabytes that no later step takes again, because they lie in small pieces.
   */
  public static void giveBackFreed() {
    // Beside an installed PyTorch the bundled engine must not start.
    if (!Backends.onCard()) {
      ensureStarted();
      Pointer.trimMemory();
    }
  }

  private static synchronized Engine start() {
    if (started != null) {
      return started;
    }
    // Before the first Pointer class loads: the collector must never throttle native memory.
    setDefault("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    setDefault("org.bytedeco.javacpp.maxBytes", "0");
    EngineSeparation.prepare();
    String blas = chooseBlas();
    EngineFiles.requireRoom();
    try {
      EngineFiles.load(torch.class);
    } catch (LinkageError e) {
      throw EngineFiles.onClassPath()
          ? EngineFiles.broken(e)
          : new EngineException(missingNatives(), e);
    }
    torch.set_num_threads(threadCount(System.getenv()));
    started = new Engine(blas, Route.BLAS, "not probed");
    return started;
  }

  private static String chooseBlas() {
    String pinned = System.getProperty(BLAS_PROPERTY);
    if (pinned != null) {
      return pinned.startsWith("mkl") ? "MKL" : pinned;
    }
    ClassLoader loader = Engine.class.getClassLoader();
    if (loader != null && loader.getResource(MKL_LIBRARY) != null) {
      System.setProperty(BLAS_PROPERTY, "mkl_rt");
      return "MKL";
    }
    return "OpenBLAS";
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** The threads to compute with: {@code DPO4J_THREADS}, {@code OMP_NUM_THREADS}, else all. */
  static int threadCount(Map<String, String> env) {
    for (String name : List.of("DPO4J_THREADS", "OMP_NUM_THREADS")) {
      String pinned = env.get(name);
      if (pinned != null && !pinned.isBlank()) {
        if (!pinned.trim().matches("[1-9][0-9]{0,4}")) {
          throw new IllegalArgumentException(
              name + " must be a positive whole number but was \"" + pinned + "\"");
        }
        return Integer.parseInt(pinned.trim());
      }
    }
    return Runtime.getRuntime().availableProcessors();
  }

  private static String missingNatives() {
    return """
        The native libraries of libtorch for %s were not found on the class path.
        Add them to your build, for example:
          org.bytedeco:pytorch:2.10.0-1.5.13:%s
          org.bytedeco:openblas:0.3.31-1.5.13:%s
          org.bytedeco:javacpp:1.5.13:%s"""
        .formatted(
            Loader.getPlatform(), Loader.getPlatform(), Loader.getPlatform(), Loader.getPlatform());
  }

  /** Takes a route from now on and says why. */
  public void use(Route newRoute, String reason) {
    route = newRoute;
    routeReason = reason;
    torch.globalContext().setFloat32MatmulPrecision(route == Route.ONEDNN ? "medium" : "highest");
  }

  /** The route in use. */
  public Route route() {
    return route;
  }

  /** Why the route in use was taken. */
  public String routeReason() {
    return routeReason;
  }

  /** The name of the BLAS that is loaded. */
  public String blas() {
    return blas;
  }

  /** Lets an operation use that many threads from now on. */
  public void useThreads(int count) {
    torch.set_num_threads(count);
  }

  /** The number of threads that an operation may use. */
  public int threads() {
    return torch.get_num_threads();
  }

  /** The engine's vector instructions, such as {@code AVX2}. */
  public String cpuCapability() {
    return torch
        .show_config()
        .getString()
        .lines()
        .filter(line -> line.contains("CPU capability usage"))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse("unknown");
  }

  /** The version of libtorch. */
  public static String version() {
    return "libtorch "
        + torch.show_config().getString().replaceAll("(?s).*TORCH_VERSION=([0-9.]+).*", "$1");
  }

  /** One line for people: version, BLAS, threads, vector instructions. */
  public String summary() {
    return "%s with %s, %d %s, %s"
        .formatted(
            version(),
            route == Route.ONEDNN ? "oneDNN" : blas,
            threads(),
            threads() == 1 ? "thread" : "threads",
            cpuCapability().toUpperCase(Locale.ROOT));
  }

  /** One line: version, BLAS, route and its reason, threads. */
  public String describe() {
    return "%s, %s, float32 products by %s (%s), %d threads, %s"
        .formatted(
            version(),
            blas,
            route == Route.ONEDNN ? "oneDNN" : blas,
            routeReason,
            threads(),
            cpuCapability().toUpperCase(Locale.ROOT));
  }
}
