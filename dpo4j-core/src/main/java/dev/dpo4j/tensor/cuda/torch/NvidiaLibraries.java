/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the libraries of NVIDIA that belong to an installed PyTorch.
 *
 * <p>In this order: the wheels beside it (CUDA 13 has one folder for all, {@code nvidia/cu13}; CUDA
 * 12 one for each, such as {@code nvidia/cublas}), PyTorch's own folder, the environment (conda),
 * {@code CUDA_HOME} and {@code CUDA_PATH}, and the system's CUDA toolkit.
 */
final class NvidiaLibraries {
  private final Map<String, String> environment;
  private final Path root;

  NvidiaLibraries(Map<String, String> environment, Path root) {
    this.environment = environment;
    this.root = root;
  }

  /**
   * The file of a library.
   *
   * @param name such as {@code libnvrtc}
   * @param wheel the folder of its CUDA 12 wheel, such as {@code cuda_nvrtc}
   * @throws CudaUnavailableException with the remedy, if it is nowhere
   */
  Path require(String name, String wheel, Path torch, int cuda, String owner) {
    String file = name + ".so." + cuda;
    return first(folders(torch, wheel, cuda), file)
        .orElseThrow(
            () ->
                new CudaUnavailableException(
                    owner
                        + " needs "
                        + file
                        + ", which is neither beside it nor in a CUDA toolkit. Install it with"
                        + " \"pip install "
                        + wheelName(wheel, cuda)
                        + "\" in the same environment, or set CUDA_HOME to a CUDA "
                        + cuda
                        + " toolkit"));
  }

  /** The file of NCCL, null if it is nowhere; only several cards need it. */
  @Nullable Path nccl(Path torch, int cuda) {
    String named = environment.getOrDefault(TorchInstallation.NCCL, "");
    return named.isBlank()
        ? first(folders(torch, "nccl", cuda), "libnccl.so.2").orElse(null)
        : Path.of(named);
  }

  private List<Path> folders(Path torch, String wheel, int cuda) {
    List<Path> folders = new ArrayList<>();
    for (Path home : homes(torch, wheel, cuda)) {
      folders.add(home.resolve("lib"));
      folders.add(home.resolve("lib64"));
      folders.add(home.resolve("targets/x86_64-linux/lib"));
    }
    folders.add(torch.resolve("lib"));
    folders.add(root.resolve("usr/lib/x86_64-linux-gnu"));
    folders.add(root.resolve("usr/lib/aarch64-linux-gnu"));
    folders.add(root.resolve("usr/lib64"));
    return folders;
  }

  /** The folder with {@code cuda_bf16.h}, null if there is none; our kernels do without. */
  @Nullable Path include(Path torch, int cuda) {
    List<Path> folders = new ArrayList<>();
    for (Path home : homes(torch, "cuda_runtime", cuda)) {
      folders.add(home.resolve("include"));
      folders.add(home.resolve("targets/x86_64-linux/include"));
    }
    return first(folders, "cuda_bf16.h").map(Path::getParent).orElse(null);
  }

  private List<Path> homes(Path torch, String wheel, int cuda) {
    List<Path> homes = new ArrayList<>();
    Path site = torch.getParent();
    if (site != null) {
      homes.add(site.resolve("nvidia/cu" + cuda));
      homes.add(site.resolve("nvidia").resolve(wheel));
      // ENVIRONMENT/lib/python3.x/site-packages/torch
      Path prefix = torch;
      for (int i = 0; i < 4 && prefix != null; i++) {
        prefix = prefix.getParent();
      }
      if (prefix != null) {
        homes.add(prefix);
      }
    }
    for (String name : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = environment.getOrDefault(name, "");
      if (!home.isBlank()) {
        homes.add(Path.of(home));
      }
    }
    homes.addAll(TorchFinder.children(root.resolve("usr/local"), "cuda-" + cuda));
    homes.add(root.resolve("usr/local/cuda"));
    return homes;
  }

  private static Optional<Path> first(List<Path> folders, String file) {
    return folders.stream()
        .map(folder -> folder.resolve(file))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static String wheelName(String wheel, int cuda) {
    String name = "nvidia-" + wheel.replace('_', '-');
    return cuda < 13 ? name + "-cu" + cuda : name;
  }
}
