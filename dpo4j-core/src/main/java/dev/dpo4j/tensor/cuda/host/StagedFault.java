/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A fault that the emulated card has once a file exists, so that a test can place it behind a
 * checkpoint. {@code -Ddpo4j.emulated.fault=memory:FILE} leaves no memory, and {@code lost:FILE}
 * loses the card.
 *
 * @param lost whether the card is lost
 * @param since the file
 */
record StagedFault(boolean lost, Path since) {
  private static final String PROPERTY = "dpo4j.emulated.fault";

  /** The fault that the process was asked for; null for none. */
  static @Nullable StagedFault asked() {
    String text = System.getProperty(PROPERTY);
    if (text == null) {
      return null;
    }
    String[] parts = text.split(":", 2);
    if (parts.length < 2 || !parts[0].matches("memory|lost")) {
      throw new IllegalArgumentException(
          PROPERTY + " must be memory:FILE or lost:FILE but was \"" + text + "\"");
    }
    return new StagedFault(parts[0].equals("lost"), Path.of(parts[1]));
  }

  /** Fails in the place of an allocation. */
  void allocating(long bytes) {
    if (!lost && Files.exists(since)) {
      throw new DeviceMemoryException(bytes, 0);
    }
  }

  /** Fails in the place of a launch. */
  void launching(String function) {
    if (lost && Files.exists(since)) {
      throw CudaException.lost(function + " failed: the emulated card is lost");
    }
  }
}
