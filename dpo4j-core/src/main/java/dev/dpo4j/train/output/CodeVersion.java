/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.io.Checksums;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** The version of dpo4j, as its jar names it. */
public final class CodeVersion {
  private CodeVersion() {}

  /** The version, or "not packaged" where the code came from no jar. */
  public static String get() {
    @Nullable String version = CodeVersion.class.getPackage().getImplementationVersion();
    return version == null ? "not packaged" : version;
  }

  /** The checksum of the jar that this code came from; empty where it came from no jar. */
  static String checksum() {
    CodeSource source = CodeVersion.class.getProtectionDomain().getCodeSource();
    try {
      Path jar = source == null ? Path.of("") : Path.of(source.getLocation().toURI());
      return Files.isRegularFile(jar) ? Checksums.of(jar) : "";
    } catch (IOException | URISyntaxException | IllegalArgumentException e) {
      return "";
    }
  }
}
