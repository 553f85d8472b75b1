/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** NVIDIA's run-time compiler: turns CUDA C into a cubin. It needs neither a card nor a driver. */
final class NvrtcCompiler {
  /**
   * {@code RTLD_NOW | RTLD_GLOBAL}: the compiler then finds its builtins, which it opens by name.
   */
  private static final int OPEN_GLOBALLY = 0x102;

  /** The common header has functions that not every file uses. */
  private static final String UNUSED_FUNCTION = "--diag-suppress=177";

  private final Path path;
  private final NativeLibrary library;
  private final @Nullable Path includeDir;
  private final String version;

  private NvrtcCompiler(Path path, NativeLibrary library, @Nullable Path includeDir) {
    this.path = path;
    this.library = library;
    this.includeDir = includeDir;
    IntByReference major = new IntByReference();
    IntByReference minor = new IntByReference();
    check("nvrtcVersion", invoke("nvrtcVersion", major, minor), "");
    this.version = major.getValue() + "." + minor.getValue();
  }

  /**
   * Loads the compiler.
   *
   * @param libnvrtc its library, beside which lies the one with its builtins
   * @param includeDir where CUDA's headers lie, null for sources that include none, as ours do
   */
  static NvrtcCompiler open(Path libnvrtc, @Nullable Path includeDir) {
    Path real = libnvrtc.toAbsolutePath();
    if (!Files.isRegularFile(real)) {
      throw new IllegalStateException(
          "there is no NVRTC at " + real + "; install the wheel nvidia-cuda-nvrtc");
    }
    try {
      for (Path builtins : builtinsBeside(real)) {
        open(builtins);
      }
      return new NvrtcCompiler(real, open(real), includeDir);
    } catch (UnsatisfiedLinkError e) {
      throw new IllegalStateException("could not load " + real + ": " + e.getMessage(), e);
    }
  }

  private static NativeLibrary open(Path path) {
    return NativeLibrary.getInstance(
        path.toString(), Map.of(Library.OPTION_OPEN_FLAGS, OPEN_GLOBALLY));
  }

  private static List<Path> builtinsBeside(Path libnvrtc) {
    try (Stream<Path> files = Files.list(libnvrtc.resolveSibling(""))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("libnvrtc-builtins.so"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(
          "could not list the folder of " + libnvrtc + ": " + e.getMessage(), e);
    }
  }

  /** The compiler's version, such as {@code 13.0}. */
  String version() {
    return version;
  }

  /**
   * The architecture to compile for so that a card can run the result: its own, or else the newest
   * one before it of the same major version, whose binaries it runs, too.
   *
   * @throws IllegalStateException if this compiler knows none
   */
  String architectureFor(CudaCard card) {
    int[] known = architectures();
    return Arrays.stream(known)
        .filter(one -> one / 10 == card.major() && one % 10 <= card.minor())
        .max()
        .stream()
        .mapToObj(one -> "sm_" + one)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "NVRTC %s at %s does not compile for %s with compute capability %s; it knows %s"
                        .formatted(
                            version,
                            path,
                            card.name(),
                            card.capability(),
                            Arrays.toString(known))));
  }

  private int[] architectures() {
    IntByReference count = new IntByReference();
    check("nvrtcGetNumSupportedArchs", invoke("nvrtcGetNumSupportedArchs", count), "");
    try (Memory numbers = new Memory((long) Math.max(count.getValue(), 1) * Integer.BYTES)) {
      check("nvrtcGetSupportedArchs", invoke("nvrtcGetSupportedArchs", numbers), "");
      return numbers.getIntArray(0, count.getValue());
    }
  }

  /**
   * Compiles a source that needs no other file.
   *
   * @param fileName named in messages
   * @param architecture such as {@code sm_90}
   * @return the cubin
   * @throws IllegalStateException with the compiler's log if it does not compile
   */
  byte[] compile(String fileName, String source, String architecture) {
    return compile(fileName, source, architecture, List.of()).cubin();
  }

  /**
   * What the compiler made of a source.
   *
   * @param log warnings and remarks, often empty
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Compiled(byte[] cubin, String log) {}

  /** Compiles with further options, such as {@code --ptxas-options=-v}. */
  Compiled compile(String fileName, String source, String architecture, List<String> options) {
    PointerByReference program = new PointerByReference();
    check(
        "nvrtcCreateProgram",
        invoke("nvrtcCreateProgram", program, source, fileName, 0, null, null),
        "");
    try {
      List<String> all = new ArrayList<>();
      all.add("--gpu-architecture=" + architecture);
      all.add("--std=c++17");
      all.add(UNUSED_FUNCTION);
      if (includeDir != null) {
        all.add("--include-path=" + includeDir);
      }
      all.addAll(options);
      StringArray strings = new StringArray(all.toArray(String[]::new));
      int code = invoke("nvrtcCompileProgram", program.getValue(), all.size(), strings);
      String log = log(program.getValue());
      check("compiling " + fileName + " for " + architecture, code, log);
      return new Compiled(bytes(program.getValue(), "CUBIN"), log);
    } finally {
      invoke("nvrtcDestroyProgram", program);
    }
  }

  private String log(Pointer program) {
    byte[] bytes = bytes(program, "ProgramLog");
    // The last byte ends the string.
    return bytes.length == 0
        ? ""
        : new String(bytes, 0, bytes.length - 1, StandardCharsets.UTF_8).strip();
  }

  /** Reads what {@code nvrtcGet...} gives, whose size {@code nvrtcGet...Size} tells. */
  private byte[] bytes(Pointer program, String what) {
    LongByReference size = new LongByReference();
    check("nvrtcGet" + what + "Size", invoke("nvrtcGet" + what + "Size", program, size), "");
    if (size.getValue() == 0) {
      return new byte[0];
    }
    try (Memory memory = new Memory(size.getValue())) {
      check("nvrtcGet" + what, invoke("nvrtcGet" + what, program, memory), "");
      return memory.getByteArray(0, Math.toIntExact(size.getValue()));
    }
  }

  private int invoke(String name, @Nullable Object... arguments) {
    return library.getFunction(name, Function.C_CONVENTION, "UTF-8").invokeInt(arguments);
  }

  private void check(String what, int code, String log) {
    if (code != 0) {
      String reason =
          library.getFunction("nvrtcGetErrorString").invokeString(new Object[] {code}, false);
      throw new IllegalStateException(
          "NVRTC at %s failed: %s: %s (%d)%s"
              .formatted(path, what, reason, code, log.isEmpty() ? "" : "\n" + log));
    }
  }
}
