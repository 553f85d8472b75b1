/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where tensors live and are computed.
 *
 * @param kind the processor, a CUDA card, or the emulation of a card on the processor, for tests
 * @param index number of the card, 0 for the first
 */
public record Device(Kind kind, int index) {
  /** The kinds of devices. */
  public enum Kind {
    /** The processor, by the bundled engine. */
    CPU,
    /** A card of NVIDIA, by an installed PyTorch. */
    CUDA,
    /** The kernels for cards, compiled for the processor: slow, for tests only. */
    EMULATED
  }

  /** The processor. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  private static final Pattern CUDA_NAME = Pattern.compile("cuda(?::([0-9]{1,4}))?");

  /** A card. */
  public static Device cuda(int index) {
    return new Device(Kind.CUDA, index);
  }

  /**
   * Reads {@code cpu}, {@code cuda}, {@code cuda:N} or {@code emulated}.
   *
   * @throws IllegalArgumentException if the text is none of them
   */
  public static Device parse(String text) {
    String name = text.trim().toLowerCase(Locale.ROOT);
    Matcher cuda = CUDA_NAME.matcher(name);
    if (cuda.matches()) {
      return cuda(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
    }
    return switch (name) {
      case "cpu" -> CPU;
      case "emulated" -> new Device(Kind.EMULATED, 0);
      case "emulated:1" -> new Device(Kind.EMULATED, 1);
      case "emulated:2" -> new Device(Kind.EMULATED, 2);
      default ->
          throw new IllegalArgumentException(
              "device must be auto, cpu, cuda or cuda:N but was \"" + text + "\"");
    };
  }

  /** Whether it is the processor with the bundled engine. */
  public boolean isCpu() {
    return kind == Kind.CPU;
  }

  @Override
  public String toString() {
    return switch (kind) {
      case CPU -> "cpu";
      case CUDA -> "cuda:" + index;
      case EMULATED -> index == 0 ? "emulated" : "emulated:" + index;
    };
  }
}
