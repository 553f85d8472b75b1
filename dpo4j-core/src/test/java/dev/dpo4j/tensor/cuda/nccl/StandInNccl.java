/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A library that plays NCCL between emulated cards, compiled by {@code cc}. */
public final class StandInNccl {
  private StandInNccl() {}

  /** Compiles it into a folder, with further options of the compiler. */
  public static Path compile(Path folder, String... options)
      throws IOException, InterruptedException {
    assumeTrue(hasCompiler(), "needs a C compiler");
    Path source = folder.resolve("stand_in_nccl.c");
    try (InputStream in =
        Objects.requireNonNull(StandInNccl.class.getResourceAsStream("stand_in_nccl.c"))) {
      Files.write(source, in.readAllBytes());
    }
    Path file = folder.resolve("libnccl" + options.length + ".so.2");
    List<String> command =
        new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-pthread"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", file.toString(), source.toString(), "-lrt"));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    return file;
  }

  private static boolean hasCompiler() throws InterruptedException {
    try {
      return new ProcessBuilder("cc", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
