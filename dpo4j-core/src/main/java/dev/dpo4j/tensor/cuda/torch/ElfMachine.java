/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells for which processors a library was built, before the loader refuses it without a reason.
 */
final class ElfMachine {
  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;
  private static final int HEADER = 20;

  private ElfMachine() {}

  /**
   * Checks that a library is there and is built for this processor.
   *
   * @param architecture as in {@code os.arch}
   * @param owner what the library belongs to, for the message
   */
  static void check(Path library, String architecture, String owner) {
    byte[] header;
    try (InputStream in = Files.newInputStream(library)) {
      header = in.readNBytes(HEADER);
    } catch (IOException e) {
      throw new CudaUnavailableException(
          owner
              + " is not complete: "
              + library
              + " cannot be read. Install it again with \"pip install --force-reinstall torch\"",
          e);
    }
    boolean elf = header.length == HEADER && header[0] == 0x7f && header[1] == 'E';
    int machine = elf ? (header[18] & 0xff) | (header[19] & 0xff) << 8 : 0;
    int wanted = architecture.equals("aarch64") ? AARCH64 : X86_64;
    if (machine != wanted) {
      throw new CudaUnavailableException(
          owner
              + " is built for another processor: "
              + library.getFileName()
              + " is "
              + name(machine)
              + ", this Java runs on "
              + architecture
              + ". Name a PyTorch for this machine with --engine PATH");
    }
  }

  private static String name(int machine) {
    return switch (machine) {
      case 0 -> "no ELF library";
      case X86_64 -> "for x86-64";
      case AARCH64 -> "for aarch64";
      default -> "for the ELF machine " + machine;
    };
  }
}
