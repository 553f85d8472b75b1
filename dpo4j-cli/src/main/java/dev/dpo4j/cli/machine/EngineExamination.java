/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.cli.command.Version;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.start.EngineException;
import java.util.Locale;

/** Looks for the natives of this platform, starts the engine and asks it what it does. */
final class EngineExamination {
  private EngineExamination() {}

  static void examine(Diagnosis diagnosis) {
    String platform = platform();
    diagnosis.fact("Engine", "libtorch", Version.engine());
    diagnosis.fact("Engine", "platform", platform);
    if (!present("org/bytedeco/pytorch/" + platform + "/")) {
      diagnosis.broken(
          "the natives of libtorch for " + platform + " are not on the class path",
          "build on this machine with ./dpo4j; natives exist for linux-x86_64, macosx-arm64 and"
              + " windows-x86_64");
    } else {
      start(diagnosis);
    }
    boolean mkl = present("org/bytedeco/mkl/" + platform + "/");
    diagnosis.fact("Engine", "MKL", mkl ? "on the class path" : "not on the class path");
    if (!mkl && platform.endsWith("x86_64")) {
      diagnosis.slow(
          "MKL is not on the class path",
          "add org.bytedeco:mkl with the classifier "
              + platform
              + "-redist: attention gets 6 to"
              + " 10 times faster");
    }
  }

  private static void start(Diagnosis diagnosis) {
    try {
      Engine engine = EngineRoute.choose();
      diagnosis.fact("Engine", "BLAS", engine.blas());
      diagnosis.fact("Engine", "route", engine.route() + " (" + engine.routeReason() + ")");
      diagnosis.fact("Engine", "threads", Integer.toString(engine.threads()));
      diagnosis.fact("Engine", "vector instructions", engine.cpuCapability());
    } catch (EngineException | IllegalArgumentException | LinkageError e) {
      String cause = e.getCause() == null ? "" : "; " + e.getCause().getMessage();
      diagnosis.broken(
          "the engine does not start: " + e.getMessage() + cause,
          "a missing library is named above: install it, or empty the engine cache so that it is"
              + " unpacked again");
    }
  }

  private static boolean present(String resource) {
    ClassLoader loader = EngineExamination.class.getClassLoader();
    return loader != null && loader.getResource(resource) != null;
  }

  /** The name of this platform in the classifiers of the natives. */
  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String family = os.contains("mac") ? "macosx" : os.contains("windows") ? "windows" : "linux";
    String arch = System.getProperty("os.arch");
    return family
        + "-"
        + (arch.equals("amd64") ? "x86_64" : arch.equals("aarch64") ? "arm64" : arch);
  }
}
