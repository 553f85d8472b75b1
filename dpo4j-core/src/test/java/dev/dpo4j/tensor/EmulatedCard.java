/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process of its own that computes on the emulated card: a process has one device for life. */
public final class EmulatedCard {
  private static final String PASSED = "everything was as expected";

  private EmulatedCard() {}

  /**
   * Runs a class with a main method, which chooses the card first and says at its end that it
   * passed.
   */
  public static void run(Class<?> main) throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains(PASSED);
  }

  /** Chooses the emulated card. */
  public static void choose() {
    Backends.use(Device.parse("emulated"));
  }

  /** To be called when nothing was wrong. */
  public static void passed() {
    System.out.println(PASSED);
  }
}
