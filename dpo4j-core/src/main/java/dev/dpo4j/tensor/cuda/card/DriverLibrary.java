/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** NVIDIA's driver in this process. */
final class DriverLibrary {
  private static final String NAME = "libcuda.so.1";

  /** Where the driver lies if the loader does not know it: WSL, containers, hosted notebooks. */
  private static final List<String> FOLDERS =
      List.of(
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64",
          "/usr/lib64-nvidia",
          "/usr/local/cuda/compat",
          "/run/opengl-driver/lib");

  private static final int NAME_BYTES = 256;
  private static final int MULTIPROCESSORS = 16;
  private static final int CAPABILITY_MAJOR = 75;
  private static final int CAPABILITY_MINOR = 76;

  private static final int OUT_OF_MEMORY = 2;
  private static final int NOT_READY = 600;
  private static final int NO_DEVICE = 100;
  private static final int VERSION_TOO_OLD = 35;
  private static final int STUB = 34;
  private static final int SYSTEM_MISMATCH = 803;
  private static final int NOT_SUPPORTED_ON_DEVICE = 804;
  private static final int FABRIC_NOT_READY = 802;

  /** After these every further call of the process fails; CUDA calls them sticky. */
  private static final Set<Integer> STICKY =
      Set.of(4, 46, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 720, 721, 999);

  private static @Nullable DriverLibrary loaded;

  private DriverLibrary() {}

  /**
   * Loads and starts the driver, unless it runs already.
   *
   * @throws CudaUnavailableException with the remedy, if there is none or it finds no card
   */
  static synchronized DriverLibrary load() {
    DriverLibrary present = loaded;
    if (present != null) {
      return present;
    }
    DriverLibrary driver;
    try {
      driver = of(open());
    } catch (UnsatisfiedLinkError e) {
      throw new CudaUnavailableException(
          "NVIDIA's driver is too old: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + ". Install a newer one, see https://www.nvidia.com/drivers",
          e);
    }
    int error = DriverNatives.cuInit(0);
    if (error != 0) {
      throw new CudaUnavailableException(startFailure(error));
    }
    loaded = driver;
    return driver;
  }

  /** Binds the functions to a library. */
  static DriverLibrary of(NativeLibrary library) {
    Native.register(DriverNatives.class, library);
    return new DriverLibrary();
  }

  private static NativeLibrary open() {
    @Nullable UnsatisfiedLinkError first = null;
    try {
      return NativeLibrary.getInstance(NAME);
    } catch (UnsatisfiedLinkError e) {
      first = e;
    }
    for (String folder : FOLDERS) {
      Path file = Path.of(folder, NAME);
      if (Files.exists(file)) {
        try {
          return NativeLibrary.getInstance(file.toString());
        } catch (UnsatisfiedLinkError e) {
          first.addSuppressed(e);
        }
      }
    }
    throw new CudaUnavailableException(
        "NVIDIA's driver ("
            + NAME
            + ") was not found, so no CUDA card can be used. On a machine with a card, install the"
            + " driver until \"nvidia-smi\" works; in a container, start it with the card (docker"
            + " run --gpus all). Without a card use --device cpu",
        first);
  }

  /** Why the driver does not start, and what to do. */
  static String startFailure(int error) {
    String found = "NVIDIA's driver does not start: " + describe(error) + ". ";
    return found
        + switch (error) {
          case NO_DEVICE ->
              "It finds no card: check that \"nvidia-smi\" lists one and that CUDA_VISIBLE_DEVICES"
                  + " does not hide it; in a container, start it with the card (docker run --gpus"
                  + " all)";
          case VERSION_TOO_OLD, SYSTEM_MISMATCH, NOT_SUPPORTED_ON_DEVICE ->
              "The kernel's module and the library are of different versions: restart the machine"
                  + " after an update of the driver, or install a newer driver";
          case STUB ->
              "It is the stub of a CUDA toolkit: remove its folder \"stubs\" from LD_LIBRARY_PATH";
          case FABRIC_NOT_READY ->
              "The card's fabric is not ready yet: wait, and check the service nvidia-fabricmanager";
          default ->
              "Check that \"nvidia-smi\" works; if it does not, restart the machine or install the"
                  + " driver again";
        };
  }

  /** Whether the error means that memory ran out. */
  static boolean outOfMemory(int error) {
    return error == OUT_OF_MEMORY;
  }

  /** Whether the error means that what was asked for is still under way. */
  static boolean notReady(int error) {
    return error == NOT_READY;
  }

  /** Throws if a call has failed. */
  static void check(int error, String what) {
    if (error != 0) {
      throw failure(error, what);
    }
  }

  /** The exception for a failed call. */
  static CudaException failure(int error, String what) {
    String call = what + " failed: " + describe(error);
    return STICKY.contains(error) ? CudaException.lost(call) : new CudaException(call);
  }

  /** The driver's name and words for an error. */
  static String describe(int error) {
    try (Memory text = new Memory(Long.BYTES)) {
      long at = Pointer.nativeValue(text);
      String name = DriverNatives.cuGetErrorName(error, at) == 0 ? string(text) : "unknown error";
      String words = DriverNatives.cuGetErrorString(error, at) == 0 ? string(text) : "";
      return "CUDA error " + error + " (" + name + (words.isEmpty() ? "" : ", " + words) + ")";
    }
  }

  private static String string(Memory pointer) {
    Pointer text = pointer.getPointer(0);
    return text == null ? "" : text.getString(0);
  }

  /** The newest CUDA version that the driver serves, such as 13000 for 13.0. */
  int version() {
    try (Memory value = new Memory(Long.BYTES)) {
      check(
          DriverNatives.cuDriverGetVersion(Pointer.nativeValue(value)),
          "asking for the driver's version");
      return value.getInt(0);
    }
  }

  /** The version as users write it. */
  static String text(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  /** The number of cards. */
  int cards() {
    try (Memory value = new Memory(Long.BYTES)) {
      check(DriverNatives.cuDeviceGetCount(Pointer.nativeValue(value)), "counting the cards");
      return value.getInt(0);
    }
  }

  /** What a card is; takes no memory on it. */
  CudaCard card(int index) {
    try (Memory value = new Memory(NAME_BYTES)) {
      long at = Pointer.nativeValue(value);
      check(DriverNatives.cuDeviceGet(at, index), "asking for card " + index);
      int device = value.getInt(0);
      int major = attribute(value, CAPABILITY_MAJOR, device);
      int minor = attribute(value, CAPABILITY_MINOR, device);
      int processors = attribute(value, MULTIPROCESSORS, device);
      check(
          DriverNatives.cuDeviceTotalMem_v2(at, device), "asking for the memory of card " + index);
      long bytes = value.getLong(0);
      check(
          DriverNatives.cuDeviceGetPCIBusId(at, NAME_BYTES, device),
          "asking for the place of card " + index);
      String bus = value.getString(0);
      check(
          DriverNatives.cuDeviceGetName(at, NAME_BYTES, device),
          "asking for the name of card " + index);
      return new CudaCard(index, value.getString(0), bytes, major, minor, processors, bus);
    }
  }

  private static int attribute(Memory value, int attribute, int device) {
    check(
        DriverNatives.cuDeviceGetAttribute(Pointer.nativeValue(value), attribute, device),
        "asking for an attribute of a card");
    return value.getInt(0);
  }
}
