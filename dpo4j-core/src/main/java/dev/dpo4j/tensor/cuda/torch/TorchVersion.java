/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an installed PyTorch says of itself, in {@code version.py} or, without Python, in {@code
 * build-version}.
 *
 * @param text such as {@code 2.11.0+cu130}
 * @param cuda the CUDA version, such as {@code 13.0}; empty for a build without
 * @param rocm the ROCm version; empty for a build without
 */
public record TorchVersion(String text, Optional<String> cuda, Optional<String> rocm) {
  /** The first version whose C interface has all that is called. */
  static final String OLDEST = "2.10";

  private static final int MAJOR = 2;
  private static final int MINOR = 10;
  private static final int NEWEST_MINOR = 15;

  /** The versions whose functions were looked up, for messages. */
  public static final String KNOWN = "PyTorch " + OLDEST + " to " + MAJOR + "." + NEWEST_MINOR;

  private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);
  private static final Pattern SUFFIX = Pattern.compile("\\+cu(\\d+)(\\d)$");

  /** Reads the version of the PyTorch in that folder. */
  static TorchVersion read(Path folder) {
    Path python = folder.resolve("version.py");
    Path plain = folder.resolve("build-version");
    try {
      if (Files.isRegularFile(python)) {
        String source = Files.readString(python);
        return new TorchVersion(
            assigned(source, "__version__").orElseThrow(() -> unreadable(python)),
            assigned(source, "cuda"),
            assigned(source, "hip"));
      }
      if (Files.isRegularFile(plain)) {
        String text = Files.readString(plain).strip();
        Matcher suffix = SUFFIX.matcher(text);
        return new TorchVersion(
            text,
            suffix.find() ? Optional.of(suffix.group(1) + "." + suffix.group(2)) : Optional.empty(),
            Optional.empty());
      }
    } catch (IOException e) {
      throw new CudaUnavailableException(
          "the version of the PyTorch in " + folder + " cannot be read: " + e, e);
    }
    throw unreadable(python);
  }

  private static CudaUnavailableException unreadable(Path file) {
    return new CudaUnavailableException(
        "the version of the PyTorch at "
            + file
            + " cannot be told: expected a line __version__ = '...'. Install it again with \"pip"
            + " install --force-reinstall torch\"");
  }

  /** The string that a line {@code name = '...'} or {@code name: type = '...'} assigns. */
  private static Optional<String> assigned(String source, String name) {
    Matcher line =
        Pattern.compile("(?m)^" + name + "\\s*(?::[^=\\n]*)?=\\s*['\"]([^'\"]+)['\"]")
            .matcher(source);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }

  /**
   * Whether every function that is called was looked up in that version when this was written.
   *
   * @param text such as {@code 2.11.0+cu130}
   */
  public static boolean tried(String text) {
    Matcher numbers = NUMBERS.matcher(text);
    if (!numbers.matches() || Integer.parseInt(numbers.group(1)) != MAJOR) {
      return false;
    }
    int minor = Integer.parseInt(numbers.group(2));
    return minor >= MINOR && minor <= NEWEST_MINOR;
  }

  boolean olderThanSupported() {
    Matcher numbers = NUMBERS.matcher(text);
    if (!numbers.matches()) {
      return true;
    }
    int major = Integer.parseInt(numbers.group(1));
    return major < MAJOR || (major == MAJOR && Integer.parseInt(numbers.group(2)) < MINOR);
  }
}
