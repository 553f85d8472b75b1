/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchFinderTest {
  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;

  @TempDir Path root;
  private final Map<String, String> environment = new HashMap<>();

  private Path site(String environmentName) {
    return root.resolve(environmentName).resolve("lib/python3.12/site-packages");
  }

  private void library(Path file, int machine) throws IOException {
    Files.createDirectories(file.getParent());
    byte[] header = new byte[64];
    header[0] = 0x7f;
    header[1] = 'E';
    header[2] = 'L';
    header[3] = 'F';
    header[18] = (byte) machine;
    Files.write(file, header);
  }

  private void version(Path site, String version, String cuda, String hip) throws IOException {
    Files.createDirectories(site.resolve("torch/lib"));
    Files.writeString(
        site.resolve("torch/version.py"),
        """
        from typing import Optional

        __all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip', 'rocm', 'xpu']
        __version__ = '%s'
        debug = False
        cuda: Optional[str] = %s
        git_version = '70d99e998b49'
        hip: Optional[str] = %s
        """
            .formatted(version, cuda, hip));
  }

  private void torch(Path site, String version, String cuda) throws IOException {
    version(site, version, "'" + cuda + "'", "None");
    for (String name : TorchInstallation.LIBRARIES) {
      library(site.resolve("torch/lib").resolve(name), X86_64);
    }
  }

  /** An environment whose NVIDIA wheels are those of CUDA 13. */
  private Path cuda13(String name) throws IOException {
    Path site = site(name);
    torch(site, "2.11.0+cu130", "13.0");
    library(site.resolve("nvidia/cu13/lib/libcublas.so.13"), X86_64);
    library(site.resolve("nvidia/cu13/lib/libnvrtc.so.13"), X86_64);
    library(site.resolve("nvidia/cu13/include/cuda_bf16.h"), X86_64);
    return site;
  }

  private TorchInstallation find(String engine) {
    return new TorchFinder(
            environment,
            PythonProbe.onPath(environment),
            new NvidiaLibraries(environment, root.resolve("system")),
            "amd64")
        .find(engine);
  }

  private AbstractThrowableAssert<?, ?> refusal(String engine) {
    return assertThatThrownBy(() -> find(engine)).isInstanceOf(CudaUnavailableException.class);
  }

  @Test
  void theActiveEnvironmentIsTakenWithTheLibrariesOfCuda13() throws IOException {
    Path site = cuda13("venv").toRealPath();
    environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
    TorchInstallation found = find("auto");
    assertThat(found)
        .isEqualTo(
            new TorchInstallation(
                site.resolve("torch"),
                "2.11.0+cu130",
                "13.0",
                site.resolve("nvidia/cu13/lib/libcublas.so.13"),
                site.resolve("nvidia/cu13/lib/libnvrtc.so.13"),
                site.resolve("nvidia/cu13/include"),
                null));
    assertThat(found.release()).isEqualTo("2.11.0");
  }

  @Test
  void theWheelsOfCuda12LieInAFolderEach() throws IOException {
    Path site = site("venv");
    torch(site, "2.10.0+cu128", "12.8");
    library(site.resolve("nvidia/cublas/lib/libcublas.so.12"), X86_64);
    library(site.resolve("nvidia/cuda_nvrtc/lib/libnvrtc.so.12"), X86_64);
    library(site.resolve("nvidia/cuda_runtime/include/cuda_bf16.h"), X86_64);
    TorchInstallation found = find(root.resolve("venv").toString());
    assertThat(found.cublas()).endsWith(Path.of("nvidia/cublas/lib/libcublas.so.12"));
    assertThat(found.nvrtc()).endsWith(Path.of("nvidia/cuda_nvrtc/lib/libnvrtc.so.12"));
    assertThat(found.include()).endsWith(Path.of("nvidia/cuda_runtime/include"));
  }

  @Test
  void ncclIsTheOneBesideOrTheOneThatIsNamed() throws IOException {
    Path site = cuda13("venv").toRealPath();
    environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
    assertThat(find("auto").nccl()).isNull();
    library(site.resolve("nvidia/nccl/lib/libnccl.so.2"), X86_64);
    assertThat(find("auto").nccl()).isEqualTo(site.resolve("nvidia/nccl/lib/libnccl.so.2"));
    environment.put("DPO4J_NCCL", "/elsewhere/libnccl.so.2");
    assertThat(find("auto").nccl()).isEqualTo(Path.of("/elsewhere/libnccl.so.2"));
  }

  @Test
  void theLibrariesMayLieInTheCondaEnvironmentOrInAToolkit() throws IOException {
    torch(site("conda"), "2.12.1", "12.9");
    library(root.resolve("conda/lib/libcublas.so.12"), X86_64);
    library(root.resolve("toolkit/lib64/libnvrtc.so.12"), X86_64);
    environment.put("CONDA_PREFIX", root.resolve("conda").toString());
    environment.put("CUDA_HOME", root.resolve("toolkit").toString());
    TorchInstallation found = find("auto");
    assertThat(found.cublas()).endsWith(Path.of("conda/lib/libcublas.so.12"));
    assertThat(found.nvrtc()).isEqualTo(root.resolve("toolkit/lib64/libnvrtc.so.12"));
    assertThat(found.include()).isNull();
  }

  @Test
  void everyFolderThatMeansAnInstallationNamesIt() throws IOException {
    Path site = cuda13("venv");
    library(root.resolve("venv/bin/python"), X86_64);
    for (Path path :
        List.of(
            root.resolve("venv"),
            root.resolve("venv/bin/python"),
            site,
            site.resolve("torch"),
            site.resolve("torch/lib"),
            site.resolve("torch/lib/libtorch_cpu.so"))) {
      assertThat(find(path.toString()).folder()).endsWith(Path.of("site-packages/torch"));
      environment.put("DPO4J_LIBTORCH", path.toString());
      assertThat(find("auto").folder()).endsWith(Path.of("site-packages/torch"));
    }
  }

  @Test
  void theOptionWinsOverTheVariableAndTheVariableOverTheEnvironment() throws IOException {
    cuda13("option");
    cuda13("variable");
    cuda13("active");
    environment.put("VIRTUAL_ENV", root.resolve("active").toString());
    assertThat(find("auto").folder().toString()).contains("active");
    environment.put("DPO4J_LIBTORCH", root.resolve("variable").toString());
    assertThat(find("auto").folder().toString()).contains("variable");
    assertThat(find(root.resolve("option").toString()).folder().toString()).contains("option");
  }

  @Test
  void thePythonOnThePathIsAskedLast() throws IOException {
    Path site = cuda13("somewhere");
    Path python = root.resolve("bin/python3");
    Files.createDirectories(python.getParent());
    Files.writeString(python, "#!/bin/sh\necho " + site.resolve("torch") + "\n");
    assertThat(python.toFile().setExecutable(true)).isTrue();
    environment.put("PATH", "/nowhere:" + root.resolve("bin"));
    assertThat(find("auto").folder()).isEqualTo(site.resolve("torch").toRealPath());
    Files.writeString(python, "#!/bin/sh\nexit 1\n");
    refusal("auto")
        .hasMessageContaining("no installed PyTorch was found")
        .hasMessageContaining(python.toString())
        .hasMessageContaining("pip install torch")
        .hasMessageContaining("DPO4J_LIBTORCH");
  }

  @Test
  void aPathWithoutAPyTorchIsRefusedByName() {
    refusal("/no/such/folder")
        .hasMessageContaining("--engine is /no/such/folder, which does not exist");
    refusal(root.toString()).hasMessageContaining("no PyTorch is in " + root);
    environment.put("DPO4J_LIBTORCH", root.toString());
    refusal("auto").hasMessageContaining("DPO4J_LIBTORCH is " + root);
  }

  @Test
  void anOldVersionIsRefused() throws IOException {
    torch(site("venv"), "2.9.1+cu128", "12.8");
    refusal(root.resolve("venv").toString())
        .hasMessageContaining("PyTorch 2.9.1+cu128")
        .hasMessageContaining("2.10 or newer");
  }

  @Test
  void aVersionForTheProcessorOnlyIsRefused() throws IOException {
    version(site("venv"), "2.11.0+cpu", "None", "None");
    refusal(root.resolve("venv").toString())
        .hasMessageContaining("built for the CPU only")
        .hasMessageContaining("--device cpu");
    version(site("venv"), "2.11.0+cu130", "'13.0'", "None");
    refusal(root.resolve("venv").toString()).hasMessageContaining("libtorch_cuda.so is missing");
  }

  @Test
  void aVersionForRocmIsRefused() throws IOException {
    version(site("venv"), "2.11.0+rocm7.1", "None", "'7.1'");
    refusal(root.resolve("venv").toString()).hasMessageContaining("built for ROCm 7.1");
  }

  @Test
  void aVersionForAnotherProcessorIsRefused() throws IOException {
    Path site = cuda13("venv");
    library(site.resolve("torch/lib/libc10.so"), AARCH64);
    refusal(root.resolve("venv").toString())
        .hasMessageContaining("libc10.so is for aarch64, this Java runs on amd64");
    Files.delete(site.resolve("torch/lib/libc10.so"));
    refusal(root.resolve("venv").toString())
        .hasMessageContaining("is not complete")
        .hasMessageContaining("--force-reinstall");
  }

  @Test
  void aMissingCompilerIsNamedWithItsWheel() throws IOException {
    Path site = cuda13("venv");
    Files.delete(site.resolve("nvidia/cu13/lib/libnvrtc.so.13"));
    refusal(root.resolve("venv").toString())
        .hasMessageContaining("libnvrtc.so.13")
        .hasMessageContaining("pip install nvidia-cuda-nvrtc\"");
    torch(site("older"), "2.10.0+cu128", "12.8");
    refusal(root.resolve("older").toString())
        .hasMessageContaining("libcublas.so.12")
        .hasMessageContaining("pip install nvidia-cublas-cu12\"");
  }

  @Test
  void anUnreadableVersionIsToldWithItsFile() throws IOException {
    Path site = cuda13("venv");
    Files.writeString(site.resolve("torch/version.py"), "pass\n");
    refusal(root.resolve("venv").toString()).hasMessageContaining("expected a line __version__");
  }

  @Test
  void theDistributionWithoutPythonTellsItsVersionElsewhere() throws IOException {
    Path folder = root.resolve("libtorch");
    for (String name : TorchInstallation.LIBRARIES) {
      library(folder.resolve("lib").resolve(name), X86_64);
    }
    library(folder.resolve("lib/libcublas.so.13"), X86_64);
    library(folder.resolve("lib/libnvrtc.so.13"), X86_64);
    Files.writeString(folder.resolve("build-version"), "2.13.0+cu130\n");
    assertThat(find(folder.toString()).cuda()).isEqualTo("13.0");
  }
}
