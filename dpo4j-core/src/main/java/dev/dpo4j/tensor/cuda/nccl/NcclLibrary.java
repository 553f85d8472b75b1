/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * NCCL in this process.
 *
 * <p>The declarations follow {@code nccl.h} of the wheels {@code nvidia-nccl-cu12} and {@code
 * nvidia-nccl-cu13}. Handles and sizes are plain numbers; each function returns 0, or an error
 * code.
 */
public final class NcclLibrary {
  private static final String NAME = "libnccl.so.2";
  private static final int RTLD_NOW = 2;

  static final int SYSTEM_ERROR = 2;
  static final int REMOTE_ERROR = 6;
  static final int IN_PROGRESS = 7;

  private static final List<String> FUNCTIONS =
      List.of(
          "ncclGetVersion",
          "ncclGetUniqueId",
          "ncclCommInitRank",
          "ncclCommGetAsyncError",
          "ncclCommAbort",
          "ncclCommDestroy",
          "ncclAllReduce",
          "ncclReduceScatter",
          "ncclReduce",
          "ncclAllGather",
          "ncclBroadcast",
          "ncclSend",
          "ncclRecv",
          "ncclGroupStart",
          "ncclGroupEnd",
          "ncclGetErrorString",
          "ncclGetLastError");

  private final Map<String, Function> functions = new HashMap<>();
  private final String version;

  private NcclLibrary(NativeLibrary library, String place) {
    TreeSet<String> missing = new TreeSet<>();
    for (String name : FUNCTIONS) {
      try {
        functions.put(name, library.getFunction(name));
      } catch (UnsatisfiedLinkError e) {
        missing.add(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new CudaUnavailableException(
          place
              + " does not export "
              + String.join(", ", missing)
              + ", which several cards need. Install the NCCL that belongs to your PyTorch again, or"
              + " name another file with "
              + TorchInstallation.NCCL);
    }
    IntByReference code = new IntByReference();
    check(call("ncclGetVersion", code), "asking NCCL for its version", Pointer.NULL);
    this.version = text(code.getValue());
  }

  /**
   * Loads NCCL. Where PyTorch has loaded the same file, it is that one.
   *
   * @param file null to take the one that PyTorch has loaded, or that the system knows
   * @param owner whose NCCL it is, for messages
   * @param wheel the package that has it
   * @throws CudaUnavailableException with the remedy, if there is none, or it lacks a function
   */
  public static NcclLibrary load(@Nullable Path file, String owner, String wheel) {
    if (file != null && !Files.isRegularFile(file)) {
      throw new CudaUnavailableException(
          "%s is %s, which is no file. Expected %s, which several cards need"
              .formatted(TorchInstallation.NCCL, file, NAME));
    }
    String name = file == null ? NAME : file.toString();
    NativeLibrary library;
    try {
      library = NativeLibrary.getInstance(name, Map.of(Library.OPTION_OPEN_FLAGS, RTLD_NOW));
    } catch (UnsatisfiedLinkError e) {
      throw new CudaUnavailableException(
          "several cards need NCCL ("
              + NAME
              + "), which is neither beside "
              + owner
              + " nor known to the system"
              + (file == null ? "" : ", or cannot be loaded from " + file)
              + ". Install it with \"pip install "
              + wheel
              + "\" in the same environment, or name its file with "
              + TorchInstallation.NCCL,
          e);
    }
    return new NcclLibrary(library, name);
  }

  /** Such as {@code 2.27.3}. */
  public String version() {
    return version;
  }

  static String text(int code) {
    // Up to 2.8 a minor version had three digits with its patch.
    int major = code < 10_000 ? code / 1000 : code / 10_000;
    int minor = code < 10_000 ? code % 1000 / 100 : code % 10_000 / 100;
    return "%d.%d.%d".formatted(major, minor, code % 100);
  }

  int call(String function, Object... arguments) {
    Function bound = functions.get(function);
    if (bound == null) {
      throw new IllegalArgumentException(function + " is not among the functions that are bound");
    }
    return bound.invokeInt(arguments);
  }

  /** Throws if a call has failed. */
  void check(int code, String what, @Nullable Pointer communicator) {
    if (code != 0) {
      throw failure(code, what, communicator);
    }
  }

  /** The exception for a failed call. */
  CudaException failure(int code, String what, @Nullable Pointer communicator) {
    String last = words("ncclGetLastError", communicator).strip();
    return new CudaException(
        "%s failed: NCCL says \"%s\" (error %d)%s. %s"
            .formatted(
                what,
                words("ncclGetErrorString", code),
                code,
                last.isEmpty() ? "" : ": " + last,
                remedy(code)));
  }

  private String words(String function, @Nullable Object argument) {
    Function asked = functions.get(function);
    String text = asked == null ? null : asked.invokeString(new Object[] {argument}, false);
    return text == null ? "" : text;
  }

  private static String remedy(int code) {
    String more = "; NCCL_DEBUG=INFO in the environment shows what NCCL tries";
    return switch (code) {
      case 1 -> "See with nvidia-smi whether all cards work, and start again from the checkpoint";
      case SYSTEM_ERROR ->
          "Check that the machines reach each other (NCCL_SOCKET_IFNAME names the interface), and"
              + " that /dev/shm has room (docker run --shm-size=1g)"
              + more;
      case REMOTE_ERROR -> "Another process is gone: its own messages say why it ended";
      default -> "Let all processes use the same NCCL, or try a newer one" + more;
    };
  }
}
