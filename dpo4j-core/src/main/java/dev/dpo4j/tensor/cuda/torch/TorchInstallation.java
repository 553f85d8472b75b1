/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An installed PyTorch with CUDA, and the libraries of NVIDIA that belong to it.
 *
 * @param folder the package's folder, with {@code lib}
 * @param version such as {@code 2.11.0+cu130}
 * @param cuda the CUDA version that it was built for, such as {@code 13.0}
 * @param cublas the file of cuBLAS
 * @param nvrtc the file of NVRTC
 * @param include the folder with {@code cuda_bf16.h}; null if there is none, which our kernels bear
 * @param nccl the file of NCCL; null if there is none, which a single card does not miss
 */
public record TorchInstallation(
    Path folder,
    String version,
    String cuda,
    Path cublas,
    Path nvrtc,
    @Nullable Path include,
    @Nullable Path nccl) {

  /** The variable that names another file of NCCL than the one beside PyTorch. */
  public static final String NCCL = "DPO4J_NCCL";

  /** PyTorch's own libraries in the order in which they are loaded. */
  static final List<String> LIBRARIES =
      List.of(
          "libtorch_global_deps.so",
          "libc10.so",
          "libtorch_cpu.so",
          "libc10_cuda.so",
          "libtorch_cuda.so");

  /** The file of one of PyTorch's own libraries. */
  Path library(String name) {
    return folder.resolve("lib").resolve(name);
  }

  /** The major version of CUDA that it was built for, such as 13. */
  public int cudaMajor() {
    return Integer.parseInt(cuda.substring(0, cuda.indexOf('.')));
  }

  /** The version without what follows a plus: {@code 2.11.0}. */
  String release() {
    int plus = version.indexOf('+');
    return plus < 0 ? version : version.substring(0, plus);
  }
}
