/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.util.List;
import java.util.Map;

/** Run in a process of its own by {@link TorchLibraryTest}: loads the real libraries. */
final class InstalledTorch {
  private InstalledTorch() {}

  public static void main(String[] arguments) {
    boolean bundledFirst = arguments[0].equals("bundled-first");
    TorchInstallation installation = new TorchFinder(System.getenv()).find("auto");
    if (bundledFirst) {
      System.out.println("bundled " + bundled());
    }
    try {
      TorchLibrary torch = TorchLibrary.load(installation);
      System.out.println("installed " + installation.release() + " " + installed(torch));
      missing(installation);
      System.out.println("deterministic " + torch.useDeterministicKernels(true));
      other(installation);
      System.out.println("bundled " + bundled());
      System.out.println("installed again " + installed(torch));
      noCard(torch);
    } catch (CudaUnavailableException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  private static float bundled() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2);
      Tensor out = Tensor.ofFloats(new float[4], 2, 2);
      Ops.mm(out, a, a);
      return out.toFloats()[3];
    }
  }

  private static byte installed(TorchLibrary torch) {
    try (Memory memory = new Memory(64)) {
      long at = Pointer.nativeValue(memory);
      memory.setLong(0, 4);
      memory.setLong(8, 1);
      torch.check(
          TorchNatives.aoti_torch_empty_strided(1, at, at + 8, TorchLibrary.UINT8, 0, 0, at + 16),
          "a tensor");
      memory.setInt(40, 0x04030201);
      torch.check(
          TorchNatives.aoti_torch_create_tensor_from_blob(
              at + 40, 1, at, at + 8, 0, TorchLibrary.UINT8, 0, 0, at + 24),
          "a tensor over memory");
      torch.check(
          TorchNatives.aoti_torch_copy_(memory.getLong(16), memory.getLong(24), 0), "a copy");
      torch.check(TorchNatives.aoti_torch_get_data_ptr(memory.getLong(16), at + 32), "an address");
      byte last = new Pointer(memory.getLong(32)).getByte(3);
      torch.check(TorchNatives.aoti_torch_delete_tensor_object(memory.getLong(16)), "deleting");
      torch.check(TorchNatives.aoti_torch_delete_tensor_object(memory.getLong(24)), "deleting");
      return last;
    }
  }

  private static void missing(TorchInstallation installation) {
    // JNA's default would make PyTorch's symbols global, for the bundled engine to find.
    NativeLibrary library =
        NativeLibrary.getInstance(
            installation.library("libtorch_cuda.so").toString(),
            Map.of(Library.OPTION_OPEN_FLAGS, TorchLibrary.RTLD_NOW));
    try {
      TorchLibrary.requireFunctions(
          library, List.of("aoti_torch_copy_", "aoti_torch_no_such_function"), installation);
    } catch (CudaUnavailableException e) {
      System.out.println("missing: " + e.getMessage());
    }
  }

  private static void other(TorchInstallation installation) {
    TorchInstallation elsewhere =
        new TorchInstallation(
            installation.folder().resolveSibling("elsewhere"),
            installation.version(),
            installation.cuda(),
            installation.cublas(),
            installation.nvrtc(),
            null,
            null);
    try {
      TorchLibrary.load(elsewhere);
    } catch (CudaUnavailableException e) {
      System.out.println("other: " + e.getMessage());
    }
  }

  /** Without a driver PyTorch fails with words, not with the process. */
  private static void noCard(TorchLibrary torch) {
    try (Memory memory = new Memory(24)) {
      long at = Pointer.nativeValue(memory);
      memory.setLong(0, 1);
      int error =
          TorchNatives.aoti_torch_empty_strided(
              1, at, at, TorchLibrary.UINT8, TorchLibrary.CUDA, 0, at + 16);
      System.out.println(error == 0 ? "card" : "no card: " + torch.lastError());
    }
  }
}
