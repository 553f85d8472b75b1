/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The sources of the kernels, in the resources of this package. */
public final class KernelSource {
  private static final String INCLUDE = "#include \"common.cuh\"\n";
  private static final String ONCE = "#pragma once\n";

  private KernelSource() {}

  /** The names of all files with kernels, without ending. */
  public static List<String> files() {
    return Arrays.stream(Kernel.values()).map(Kernel::file).distinct().toList();
  }

  /**
   * A file with kernels that needs no other: what it includes stands in its place.
   *
   * @param file name without ending
   */
  public static String of(String file) {
    return read(file + ".cu").replace(INCLUDE, common() + lineOne(file));
  }

  /** All kernels as one C++ source for the host, with the scheduler of their threads. */
  public static String forHost() {
    StringBuilder source = new StringBuilder();
    source.append(once("host.h")).append(common());
    for (String file : files()) {
      source.append(lineOne(file)).append(read(file + ".cu").replace(INCLUDE, "\n"));
    }
    return source.append(once("product.h")).toString();
  }

  private static String common() {
    return once("common.cuh");
  }

  private static String once(String name) {
    return read(name).replace(ONCE, "");
  }

  /** Errors then name the line of the file, but for its first few. */
  private static String lineOne(String file) {
    return "#line 1 \"" + file + ".cu\"\n";
  }

  private static String read(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing from dpo4j's jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("could not read the resource " + name + " of dpo4j's jar", e);
    }
  }
}
