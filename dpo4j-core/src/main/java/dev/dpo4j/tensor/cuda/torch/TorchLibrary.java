/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.start.EngineSeparation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The libraries of an installed PyTorch in this process; there can be one.
 *
 * <p>They are loaded by absolute path in the order of their dependencies and not globally, as
 * Python does it, so that the bundled engine's symbols and theirs stay apart. The libraries of
 * NVIDIA are found by the run paths inside them.
 */
public final class TorchLibrary {
  /** {@code c10::DeviceType::CUDA}. */
  public static final int CUDA = 1;

  /** {@code c10::ScalarType} of the types that we hand over. */
  public static final int UINT8 = 0;

  public static final int INT32 = 3;
  public static final int FLOAT16 = 5;
  public static final int FLOAT32 = 6;
  public static final int BFLOAT16 = 15;

  private static final Logger log = LoggerFactory.getLogger(TorchLibrary.class);

  static final int RTLD_NOW = 2;
  private static final int RTLD_GLOBAL = 0x100;
  private static final String GLOBAL_CONTEXT = "_ZN2at13globalContextEv";
  private static final String SET_DETERMINISTIC = "_ZN2at7Context26setDeterministicAlgorithmsEbb";
  private static final String LAST_ERROR = "torch_exception_get_what_without_backtrace";

  private static @Nullable TorchLibrary loaded;

  private final NativeLibrary library;
  private final TorchInstallation installation;
  private final @Nullable Function lastError;

  private TorchLibrary(
      NativeLibrary library, TorchInstallation installation, @Nullable Function lastError) {
    this.library = library;
    this.installation = installation;
    this.lastError = lastError;
  }

  /**
   * Loads an installed PyTorch, unless it is loaded already.
   *
   * @throws CudaUnavailableException with the remedy, if it cannot be loaded, lacks a function, or
   *     another one or the bundled engine is in its place
   */
  public static synchronized TorchLibrary load(TorchInstallation installation) {
    TorchLibrary present = loaded;
    if (present != null) {
      if (!present.installation.folder().equals(installation.folder())) {
        throw new CudaUnavailableException(
            "this process has loaded PyTorch from "
                + present.installation.folder()
                + " and cannot load another one from "
                + installation.folder()
                + ": start a new process for it");
      }
      return present;
    }
    try {
      EngineSeparation.request();
    } catch (IllegalStateException e) {
      throw new CudaUnavailableException(String.valueOf(e.getMessage()), e);
    }
    NativeLibrary last = open(installation);
    requireFunctions(last, functions(), installation);
    TorchLibrary library = of(last, installation);
    loaded = library;
    log.debug("loaded PyTorch {} from {}", installation.version(), installation.folder());
    return library;
  }

  /** Binds the functions to a library. */
  static TorchLibrary of(NativeLibrary library, TorchInstallation installation) {
    Native.register(TorchNatives.class, library);
    return new TorchLibrary(library, installation, find(library, LAST_ERROR));
  }

  private static NativeLibrary open(TorchInstallation installation) {
    @Nullable NativeLibrary library = null;
    for (String name : TorchInstallation.LIBRARIES) {
      Path file = installation.library(name);
      // Python loads this one globally; it only holds NVIDIA's libraries together.
      int flags = name.contains("global_deps") ? RTLD_NOW | RTLD_GLOBAL : RTLD_NOW;
      try {
        library =
            NativeLibrary.getInstance(file.toString(), Map.of(Library.OPTION_OPEN_FLAGS, flags));
      } catch (UnsatisfiedLinkError e) {
        throw new CudaUnavailableException(
            "PyTorch "
                + installation.version()
                + " cannot be loaded: "
                + reason(e)
                + ". A library of NVIDIA's that it needs is missing or of another version: install"
                + " it again with \"pip install --force-reinstall torch\", or name another with"
                + " --engine PATH",
            e);
      }
    }
    return Objects.requireNonNull(library);
  }

  /** What the loader said; JNA puts each of its tries on a line, the first is ours. */
  private static String reason(UnsatisfiedLinkError e) {
    return String.valueOf(e.getMessage())
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("Unable to load library"))
        .findFirst()
        .orElse(String.valueOf(e.getMessage()).strip());
  }

  /** The names of the functions that we call. */
  static List<String> functions() {
    return Arrays.stream(TorchNatives.class.getDeclaredMethods())
        .filter(method -> Modifier.isNative(method.getModifiers()))
        .map(Method::getName)
        .sorted()
        .toList();
  }

  /** Refuses a version that lacks one of the functions, by their names. */
  static void requireFunctions(
      NativeLibrary library, List<String> names, TorchInstallation installation) {
    TreeSet<String> missing = new TreeSet<>();
    for (String name : names) {
      if (find(library, name) == null) {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new CudaUnavailableException(
          "PyTorch "
              + installation.version()
              + " in "
              + installation.folder()
              + " does not export "
              + String.join(", ", missing)
              + ", which dpo4j calls. Versions "
              + TorchVersion.OLDEST
              + " to 2.15 are known to have all of them: install one of these");
    }
  }

  private static @Nullable Function find(NativeLibrary library, String name) {
    try {
      return library.getFunction(name);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  /** What was loaded. */
  public TorchInstallation installation() {
    return installation;
  }

  /** PyTorch's own words about the last failure of this thread, or where to find them. */
  public String lastError() {
    Function function = lastError;
    String text = function == null ? "" : function.invokeString(new Object[0], false);
    return text == null || text.isBlank()
        ? "PyTorch " + installation.release() + " has printed the reason to standard error"
        : text.strip();
  }

  /**
   * Has PyTorch's kernels sum in one order, if this version lets us: it has no function of its C
   * interface for that, but two of C++ that have long stood.
   *
   * @return whether it does
   */
  public boolean useDeterministicKernels(boolean deterministic) {
    Function context = find(library, GLOBAL_CONTEXT);
    Function set = find(library, SET_DETERMINISTIC);
    if (context == null || set == null) {
      return false;
    }
    Pointer global = context.invokePointer(new Object[0]);
    // The second one would only warn of kernels that cannot.
    set.invokeVoid(new Object[] {global, deterministic ? 1 : 0, 0});
    return true;
  }

  /** Throws if a call has failed. */
  public void check(int error, String what) {
    if (error != 0) {
      throw new CudaException(what + " failed: " + lastError());
    }
  }
}
