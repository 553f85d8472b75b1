/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a Python where the PyTorch is that it would import, without importing it. */
final class PythonProbe {
  private static final long SECONDS = 20;

  // Neither the working folder nor torch's own start-up, which takes seconds, has a say.
  private static final String QUESTION =
      "import sys, importlib.util as u;"
          + " sys.path = [p for p in sys.path if p not in ('', '.')];"
          + " s = u.find_spec('torch');"
          + " print(s.submodule_search_locations[0] if s and s.submodule_search_locations else '')";

  private final Optional<Path> program;

  private PythonProbe(Optional<Path> program) {
    this.program = program;
  }

  /** The {@code python3}, else the {@code python}, that the environment's PATH finds. */
  static PythonProbe onPath(Map<String, String> environment) {
    String path = environment.getOrDefault("PATH", "");
    for (String name : new String[] {"python3", "python"}) {
      for (String folder : path.split(":", -1)) {
        if (!folder.isBlank() && Files.isExecutable(Path.of(folder, name))) {
          return new PythonProbe(Optional.of(Path.of(folder, name)));
        }
      }
    }
    return new PythonProbe(Optional.empty());
  }

  /** Who was asked. */
  String description() {
    return program.map(Path::toString).orElse("python3 (not on the PATH)");
  }

  /** The folder of the package, empty if this Python has none or cannot be asked. */
  Optional<Path> torchFolder() {
    if (program.isEmpty()) {
      return Optional.empty();
    }
    try {
      Process process =
          new ProcessBuilder(program.get().toString(), "-c", QUESTION)
              .redirectErrorStream(false)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      // One line, which fits the pipe: reading after the end does not block the process.
      String answer =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return answer.isEmpty() ? Optional.empty() : Optional.of(Path.of(answer));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
