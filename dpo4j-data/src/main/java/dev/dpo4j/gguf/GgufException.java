/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import dev.dpo4j.io.ModelFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A GGUF file that breaks the format, holds what is not supported, or cannot be read. */
public final class GgufException extends ModelFileException {
  private static final long serialVersionUID = 1L;

  public static final String FETCH_AGAIN =
      "The file is damaged or not complete: download it again.";

  public GgufException(Path file, String fault, String remedy) {
    this(file, fault, remedy, null);
  }

  public GgufException(Path file, String fault, String remedy, @Nullable Throwable cause) {
    super(file + ": " + fault + ". " + remedy, cause);
  }
}
