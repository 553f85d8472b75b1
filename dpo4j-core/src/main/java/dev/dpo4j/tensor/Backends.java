/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The device of this process.
 *
 * <p>It is chosen once, before the first tensor; without a choice it is the processor. The bundled
 * engine and an installed PyTorch hold libraries of the same names, which one process cannot load
 * both: so on a card the bundled engine is never started.
 */
public final class Backends {
  /** Names another device than the processor as the one to take by default, for tests. */
  private static final String TESTED = "dpo4j.test.device";

  private static @Nullable Backend current;

  private Backends() {}

  /** Makes backends of devices other than the processor; found by {@link ServiceLoader}. */
  public interface Provider {
    /** Whether it knows devices of that kind. */
    boolean supports(Device.Kind kind);

    /** Whether the machine seems to have such a device; asks no library. */
    default boolean seesDevice() {
      return false;
    }

    /**
     * Starts the device.
     *
     * @param engine {@code auto}, or the path of an installed PyTorch
     * @throws DeviceException if that is not possible, with the reason and the remedy
     */
    Backend open(Device device, String engine);
  }

  /** The backend of this process; the processor's where no device was chosen. */
  static Backend current() {
    Backend backend = current;
    return backend != null ? backend : standardBackend();
  }

  /** The processor, unless tests are to run on another device. */
  private static Device standard() {
    String tested = System.getProperty(TESTED);
    return tested == null ? Device.CPU : Device.parse(tested);
  }

  /** Whether the device of this process is settled. */
  public static boolean isChosen() {
    return current != null || System.getProperty(TESTED) != null;
  }

  /** Whether the device of this process was chosen and is a card; starts nothing. */
  public static boolean onCard() {
    Backend backend = current;
    return backend == null ? !standard().isCpu() : !backend.device().isCpu();
  }

  /** Whether the machine seems to have a card that {@code auto} should try. */
  public static boolean hasCards() {
    return providers().stream().anyMatch(Provider::seesDevice);
  }

  /** The device of this process. */
  public static Device device() {
    return current().device();
  }

  /** One line about the device and what computes on it. */
  public static String describe() {
    return current().describe();
  }

  /** What computes, in the few words that a plan shows. */
  public static String summary() {
    return current().summary();
  }

  /** Device and engine that a run belongs to: a run that resumes on others may differ. */
  public static String identity() {
    return current().identity();
  }

  /** Whether the device, if it is a card, computes products of bfloat16 matrices in hardware. */
  public static boolean hasBfloat16() {
    return current().hasBfloat16();
  }

  /**
   * Chooses between speed and exact, repeatable sums, where the device leaves a choice: a card
   * does.
   *
   * @param tf32 whether float32 factors of products may be rounded to tf32
   * @param fixedOrder whether every sum must have a fixed order, so that equal calls give equal
   *     bytes
   * @throws DeviceException if the engine cannot keep the order, with the remedy
   */
  public static void chooseSums(boolean tf32, boolean fixedOrder) {
    FusedKernels kernels = current().fused();
    if (kernels != null) {
      kernels.chooseSums(tf32, fixedOrder);
    }
  }

  /** What decides the last bits of results, for keeping results between runs. */
  public static String circumstances() {
    return current().circumstances();
  }

  /** Whether the device has memory of its own, so that numbers can be left with the host. */
  public static boolean hasOwnMemory() {
    return current().hasOwnMemory();
  }

  /** Bytes of the device that are free, or -1 where it shares the system's memory. */
  public static long freeBytes() {
    return current().freeBytes();
  }

  /** The most bytes of the device that tensors took at once, or -1 where that is not counted. */
  public static long peakBytes() {
    return current().peakBytes();
  }

  /** How the cards of several processes come together; null where this one has no card. */
  public static Backend.@Nullable PeerDoor peers() {
    return onCard() ? current().peers() : null;
  }

  /** Waits until the device has done everything that was asked of it. */
  public static void synchronize() {
    current().synchronize();
  }

  /** Whether whole layers' steps are single kernels there, and activations may be bfloat16. */
  public static boolean hasFusedKernels() {
    return current().fused() != null;
  }

  /** Chooses the device, see {@link #use(Device, String)}, with the engine found by itself. */
  public static void use(Device device) {
    use(device, "auto");
  }

  /**
   * Chooses the device of this process.
   *
   * @param engine {@code auto}, or the path of an installed PyTorch
   * @throws IllegalStateException if another device is in use already
   * @throws DeviceException if the device cannot be used, with the reason and the remedy
   */
  public static synchronized void use(Device device, String engine) {
    Backend backend = current;
    if (backend == null) {
      current = open(device, engine);
    } else if (!backend.device().equals(device)) {
      throw new IllegalStateException(
          "this process computes on %s already: start another one for %s"
              .formatted(backend.device(), device));
    }
  }

  private static synchronized Backend standardBackend() {
    Backend backend = current;
    if (backend == null) {
      backend = open(standard(), "auto");
      current = backend;
    }
    return backend;
  }

  private static Backend open(Device device, String engine) {
    return device.isCpu() ? new TorchBackend() : provided(device, engine);
  }

  private static List<Provider> providers() {
    List<Provider> providers = new ArrayList<>();
    ServiceLoader.load(Provider.class, Backends.class.getClassLoader()).forEach(providers::add);
    return providers;
  }

  private static Backend provided(Device device, String engine) {
    for (Provider provider : providers()) {
      if (provider.supports(device.kind())) {
        return provider.open(device, engine);
      }
    }
    throw new DeviceException("this build cannot compute on " + device);
  }
}
