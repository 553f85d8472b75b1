/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import dev.dpo4j.tensor.cuda.kernel.KernelSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Compiles all kernels ahead, without a card: for a machine whose time is dear.
 *
 * <p>Arguments: the file of NVRTC, which must be the one of that machine's PyTorch; the
 * architecture, such as {@code sm_90}; the folder, {@code dpo4j/cubins} in its {@code
 * XDG_CACHE_HOME}.
 */
final class CompileKernels {
  private CompileKernels() {}

  public static void main(String[] arguments) throws IOException {
    Path nvrtc = Path.of(arguments[0]);
    NvrtcCompiler compiler = NvrtcCompiler.open(nvrtc, null);
    CubinCache cubins = CudaDoor.cubins(compiler, nvrtc, arguments[1], Path.of(arguments[2]));
    List<String> files = KernelSource.files();
    for (String file : files) {
      long start = System.nanoTime();
      byte[] binary = cubins.binary(file + ".cu", KernelSource.of(file), arguments[1]);
      System.out.printf(
          "%s: %,d bytes, %d ms%n", file, binary.length, (System.nanoTime() - start) / 1_000_000);
    }
  }
}
