/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.start.EngineSeparation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Products on the processor by an installed PyTorch, through its stable C interface. */
final class HostTorch {
  private static final int OPEN_GLOBALLY = 0x102;
  private static final List<String> LIBRARIES =
      List.of("libtorch_global_deps.so", "libc10.so", "libtorch_cpu.so");
  private static final int CPU = 0;

  private final NativeLibrary library;

  private HostTorch(NativeLibrary library) {
    this.library = library;
  }

  /**
   * Loads the libraries, before the bundled engine starts.
   *
   * @param folder of the package {@code torch}, or its folder {@code lib}
   */
  static HostTorch load(Path folder) {
    Path lib = Files.exists(folder.resolve("libtorch_cpu.so")) ? folder : folder.resolve("lib");
    List<Path> files = LIBRARIES.stream().map(name -> lib.resolve(name).toAbsolutePath()).toList();
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new IllegalStateException(
            "there is no PyTorch at %s: %s is missing".formatted(folder, file));
      }
    }
    EngineSeparation.request();
    List<NativeLibrary> loaded = files.stream().map(HostTorch::open).toList();
    return new HostTorch(loaded.get(loaded.size() - 1));
  }

  private static NativeLibrary open(Path file) {
    return NativeLibrary.getInstance(
        file.toString(), Map.of(Library.OPTION_OPEN_FLAGS, OPEN_GLOBALLY));
  }

  void multiply(Matrices c, Matrices a, Matrices b, double beta) {
    boolean batched = c.batch() > 1;
    try (Handle out = tensor(c, batched);
        Handle left = tensor(a, batched);
        Handle right = tensor(b, batched)) {
      if (beta == 0) {
        call(batched ? "bmm_out" : "mm_out", out.pointer(), left.pointer(), right.pointer());
      } else {
        call(
            batched ? "baddbmm_out" : "addmm_out",
            out.pointer(),
            out.pointer(),
            left.pointer(),
            right.pointer(),
            beta,
            1.0);
      }
    }
  }

  private void call(String operator, Object... arguments) {
    invoke("aoti_torch_cpu_" + operator, arguments);
  }

  private void invoke(String name, Object... arguments) {
    int code = library.getFunction(name).invokeInt(arguments);
    if (code != 0) {
      throw new IllegalStateException(
          "PyTorch's " + name + " failed with code " + code + "; its message is on stderr");
    }
  }

  private final class Handle implements AutoCloseable {
    private final Pointer pointer;

    private Handle(Pointer pointer) {
      this.pointer = pointer;
    }

    Pointer pointer() {
      return pointer;
    }

    @Override
    public void close() {
      invoke("aoti_torch_delete_tensor_object", pointer);
    }
  }

  private Handle tensor(Matrices x, boolean batched) {
    long[] sizes =
        batched
            ? new long[] {x.batch(), x.rows(), x.columns()}
            : new long[] {x.rows(), x.columns()};
    long[] strides =
        batched
            ? new long[] {x.batchStride(), x.rowStride(), x.columnStride()}
            : new long[] {x.rowStride(), x.columnStride()};
    PointerByReference handle = new PointerByReference();
    invoke(
        "aoti_torch_create_tensor_from_blob",
        new Pointer(x.address()),
        (long) sizes.length,
        sizes,
        strides,
        0L,
        scalarType(x.dtype()),
        CPU,
        0,
        handle);
    return new Handle(handle.getValue());
  }

  /** PyTorch's number of a type. */
  private static int scalarType(DType type) {
    return switch (type) {
      case FLOAT16 -> 5;
      case FLOAT32 -> 6;
      case BFLOAT16 -> 15;
      default -> throw new IllegalArgumentException("no product of " + type.torchName());
    };
  }
}
