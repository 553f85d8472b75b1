/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Looks for an installed PyTorch, by {@code --engine}, {@code DPO4J_LIBTORCH}, the active
 * environment, or the Python on the PATH.
 *
 * <p>The first one that is found is taken or refused: no other is taken in its place, because the
 * active environment is what the user means.
 */
public final class TorchFinder {
  /** The variable that names an installed PyTorch. */
  static final String VARIABLE = "DPO4J_LIBTORCH";

  /** What {@code --engine} says when we shall look ourselves. */
  static final String AUTO = "auto";

  private final Map<String, String> environment;
  private final PythonProbe python;
  private final NvidiaLibraries libraries;
  private final String architecture;

  public TorchFinder(Map<String, String> environment) {
    this(
        environment,
        PythonProbe.onPath(environment),
        new NvidiaLibraries(environment, Path.of("/")),
        System.getProperty("os.arch"));
  }

  public TorchFinder(
      Map<String, String> environment,
      PythonProbe python,
      NvidiaLibraries libraries,
      String architecture) {
    this.environment = environment;
    this.python = python;
    this.libraries = libraries;
    this.architecture = architecture;
  }

  /** Whether an option or the variable names a PyTorch. */
  public static boolean isNamed(String engine, Map<String, String> environment) {
    return !engine.equals(AUTO) || !variable(environment).isEmpty();
  }

  /** The path that the variable names, empty if it names none. */
  private static String variable(Map<String, String> environment) {
    String value = environment.getOrDefault(VARIABLE, "");
    return value.isBlank() || value.equals(AUTO) ? "" : value;
  }

  /**
   * Finds the PyTorch to use.
   *
   * @param engine {@code auto}, or a path: the folder of the package, of its libraries, of the
   *     site-packages or of the environment, or the Python of an environment
   * @throws CudaUnavailableException with the remedy, if there is none that serves
   */
  public TorchInstallation find(String engine) {
    return examine(locate(engine));
  }

  private Path locate(String engine) {
    if (!engine.equals(AUTO)) {
      return named("--engine", engine);
    }
    String variable = variable(environment);
    if (!variable.isEmpty()) {
      return named(VARIABLE, variable);
    }
    Set<String> looked = new LinkedHashSet<>();
    for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String root = environment.getOrDefault(name, "");
      if (!root.isBlank()) {
        Optional<Path> found = within(Path.of(root));
        if (found.isPresent()) {
          return found.get();
        }
        looked.add(name + "=" + root);
      }
    }
    Optional<Path> found = python.torchFolder().filter(TorchFinder::isTorch);
    looked.add("what " + python.description() + " would import");
    return found.orElseThrow(
        () ->
            new CudaUnavailableException(
                "no installed PyTorch was found; looked at "
                    + String.join(", ", looked)
                    + ". A CUDA device needs one: install it with \"pip install torch\" in an"
                    + " active virtual environment, or name its folder with --engine PATH or "
                    + VARIABLE));
  }

  private Path named(String by, String value) {
    Path path = Path.of(value);
    if (Files.isRegularFile(path)) {
      path = ofFile(path);
    }
    Path looked = path;
    if (!Files.isDirectory(path)) {
      throw new CudaUnavailableException(
          by
              + " is "
              + value
              + (Files.exists(path) ? ", which is no folder" : ", which does not exist")
              + ". Expected the folder of an installed PyTorch, of the"
              + " site-packages or of the virtual environment that has one");
    }
    return within(path)
        .orElseThrow(
            () ->
                new CudaUnavailableException(
                    by
                        + " is "
                        + value
                        + ", but no PyTorch is in "
                        + looked
                        + ": expected a folder \"torch\" with lib/libtorch_cpu.so in it, in its"
                        + " site-packages or in lib/python3.*/site-packages. Install one there"
                        + " with \"pip install torch\", or name another folder"));
  }

  /** The folder meant by a library of it, or by the Python of an environment. */
  private static Path ofFile(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    Path folder = parent == null ? file : parent;
    Path above = folder.getParent();
    return folder.endsWith("bin") && above != null ? above : folder;
  }

  /** The folder of PyTorch in or at a folder. */
  private static Optional<Path> within(Path folder) {
    List<Path> candidates = new ArrayList<>();
    candidates.add(folder);
    candidates.add(folder.resolve("torch"));
    Path parent = folder.toAbsolutePath().getParent();
    if (folder.endsWith("lib") && parent != null) {
      candidates.add(parent);
    }
    for (String lib : List.of("lib", "lib64")) {
      for (Path python : children(folder.resolve(lib), "python3")) {
        candidates.add(python.resolve("site-packages/torch"));
        candidates.add(python.resolve("dist-packages/torch"));
      }
    }
    return candidates.stream().filter(TorchFinder::isTorch).findFirst();
  }

  private static boolean isTorch(Path folder) {
    return Files.isRegularFile(folder.resolve("lib/libtorch_cpu.so"))
        || Files.isRegularFile(folder.resolve("version.py"));
  }

  public static List<Path> children(Path folder, String prefix) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException e) {
      // A folder that cannot be read is as good as none: the message lists where we looked.
      return List.of();
    }
  }

  private TorchInstallation examine(Path found) {
    Path folder = real(found);
    TorchVersion version = TorchVersion.read(folder);
    String named = "PyTorch " + version.text() + " in " + folder;
    if (version.olderThanSupported()) {
      throw new CudaUnavailableException(
          named
              + " is too old: "
              + TorchVersion.OLDEST
              + " or newer is needed. Renew it with \"pip install --upgrade torch\", or name"
              + " another with --engine PATH");
    }
    String cuda = cuda(folder, version, named);
    for (String library : TorchInstallation.LIBRARIES) {
      ElfMachine.check(folder.resolve("lib").resolve(library), architecture, named);
    }
    int major = Integer.parseInt(cuda.substring(0, cuda.indexOf('.')));
    return new TorchInstallation(
        folder,
        version.text(),
        cuda,
        libraries.require("libcublas", "cublas", folder, major, named),
        libraries.require("libnvrtc", "cuda_nvrtc", folder, major, named),
        libraries.include(folder, major),
        libraries.nccl(folder, major));
  }

  private static String cuda(Path folder, TorchVersion version, String named) {
    if (version.rocm().isPresent()) {
      throw new CudaUnavailableException(
          named
              + " is built for ROCm "
              + version.rocm().get()
              + ", which dpo4j does not drive. Use --device cpu, or a PyTorch for CUDA on an NVIDIA"
              + " card");
    }
    boolean present = Files.exists(folder.resolve("lib/libtorch_cuda.so"));
    if (version.cuda().isEmpty() || !present) {
      throw new CudaUnavailableException(
          named
              + " is built for the CPU only"
              + (version.cuda().isEmpty() ? "" : " (lib/libtorch_cuda.so is missing)")
              + ". Install one with CUDA: https://pytorch.org/get-started/locally shows the"
              + " command; or use --device cpu");
    }
    return version.cuda().get();
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder.toAbsolutePath().normalize();
    }
  }
}
