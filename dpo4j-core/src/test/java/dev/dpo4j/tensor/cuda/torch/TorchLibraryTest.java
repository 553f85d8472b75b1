/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Loads the real libraries of the PyTorch that {@code DPO4J_LIBTORCH} names; needs no card. */
class TorchLibraryTest {
  private static String run(String mode) throws IOException, InterruptedException {
    assumeTrue(System.getenv(TorchFinder.VARIABLE) != null, "needs DPO4J_LIBTORCH");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                InstalledTorch.class.getName(),
                mode)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void anInstalledPyTorchAndTheBundledEngineComputeInOneProcess()
      throws IOException, InterruptedException {
    assertThat(run("installed-first"))
        .containsPattern("installed 2\\.\\d+\\.\\d+ 4")
        .contains("bundled 22.0")
        .contains("installed again 4")
        .contains("deterministic true")
        .contains("missing: ")
        .contains("does not export aoti_torch_no_such_function, which dpo4j calls")
        .contains("other: this process has loaded PyTorch from")
        .containsPattern("(?m)^(card|no card: .+)$");
  }

  @Test
  void anInstalledPyTorchIsRefusedBesideABundledEngineThatRunsAlready()
      throws IOException, InterruptedException {
    assertThat(run("bundled-first"))
        .contains("bundled 22.0")
        .contains("refused: the bundled engine runs in this process already");
  }
}
