/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;

/** NVIDIA's management library: what others do on a card, without starting it. */
final class Nvml implements AutoCloseable {
  private static final String NAME = "libnvidia-ml.so.1";
  private static final int INSUFFICIENT_SIZE = 7;
  private static final int TEXT_BYTES = 96;

  private final NativeLibrary library;

  private Nvml(NativeLibrary library) {
    this.library = library;
  }

  /** Starts the library, empty where there is none. */
  static Optional<Nvml> open() {
    try {
      Nvml nvml = new Nvml(NativeLibrary.getInstance(NAME));
      return nvml.call("nvmlInit_v2") == 0 ? Optional.of(nvml) : Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  private int call(String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  /** The driver's version as NVIDIA names it, such as {@code 580.65.06}. */
  Optional<String> driverVersion() {
    try (Memory text = new Memory(TEXT_BYTES)) {
      return call("nvmlSystemGetDriverVersion", text, TEXT_BYTES) == 0
          ? Optional.of(text.getString(0))
          : Optional.empty();
    }
  }

  /** Bytes of a card's memory that nobody uses. */
  Optional<Long> freeBytes(CudaCard card) {
    Optional<Pointer> device = device(card);
    // Total, free and used.
    try (Memory info = new Memory(3L * Long.BYTES)) {
      return device.isPresent() && call("nvmlDeviceGetMemoryInfo", device.get(), info) == 0
          ? Optional.of(info.getLong(Long.BYTES))
          : Optional.empty();
    }
  }

  /** The number of processes that compute on a card. */
  int processes(CudaCard card) {
    Optional<Pointer> device = device(card);
    IntByReference count = new IntByReference();
    if (device.isEmpty()) {
      return 0;
    }
    int code = call("nvmlDeviceGetComputeRunningProcesses_v3", device.get(), count, Pointer.NULL);
    return code == 0 || code == INSUFFICIENT_SIZE ? count.getValue() : 0;
  }

  private Optional<Pointer> device(CudaCard card) {
    PointerByReference device = new PointerByReference();
    return call("nvmlDeviceGetHandleByPciBusId_v2", card.bus(), device) == 0
        ? Optional.of(device.getValue())
        : Optional.empty();
  }

  @Override
  public void close() {
    int unused = call("nvmlShutdown");
  }
}
