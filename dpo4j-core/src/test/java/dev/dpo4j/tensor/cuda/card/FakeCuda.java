/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.NativeLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A card made of host memory: a C library with the functions that we call, compiled by {@code cc}.
 */
final class FakeCuda {
  final NativeLibrary library;
  final Path file;

  private FakeCuda(Path file) {
    this.file = file;
    this.library = NativeLibrary.getInstance(file.toString());
  }

  static FakeCuda compile(Path folder) throws IOException, InterruptedException {
    assumeTrue(hasCompiler(), "needs a C compiler");
    Path source = folder.resolve("fake_cuda.c");
    try (InputStream in =
        Objects.requireNonNull(FakeCuda.class.getResourceAsStream("fake_cuda.c"))) {
      Files.copy(in, source);
    }
    Path file = folder.resolve("libfake_cuda.so");
    Process process =
        new ProcessBuilder(
                "cc", "-shared", "-fPIC", "-O1", "-o", file.toString(), source.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    return new FakeCuda(file);
  }

  private static boolean hasCompiler() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder("cc", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  int ask(String function) {
    return library.getFunction(function).invokeInt(new Object[0]);
  }

  void failFromNowOn(int error) {
    tell("fake_fail_from_now_on", error);
  }

  void tell(String function, int value) {
    library.getFunction(function).invokeVoid(new Object[] {value});
  }

  TorchInstallation installation() {
    return new TorchInstallation(
        file.resolveSibling("torch"), "2.15.0", "13.0", file, file, null, null);
  }
}
