/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.ModelFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A safetensors file, or the index of several, that breaks the format or cannot be read. */
public final class SafetensorsException extends ModelFileException {
  private static final long serialVersionUID = 1L;

  static final String FETCH_AGAIN =
      "The file is damaged or not complete: download or write it again.";

  SafetensorsException(Path file, String fault, String remedy) {
    this(file, fault, remedy, null);
  }

  SafetensorsException(Path file, String fault, String remedy, @Nullable Throwable cause) {
    super(file + ": " + fault + ". " + remedy, cause);
  }
}
