/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says what an {@link Error} of the JVM means to somebody who started a command. */
final class JvmFailures {
  private static final String HEAP = "Java heap space";
  private static final String MB = "%d MB";

  private JvmFailures() {}

  /** The message for an error: what happened, and what to do about it. */
  static String message(Error error) {
    if (error instanceof OutOfMemoryError) {
      return memory(String.valueOf(error.getMessage()));
    } else if (error instanceof StackOverflowError) {
      return "something in the input is nested too deeply to be read: " + first(error);
    } else if (error instanceof LinkageError) {
      return library(error);
    }
    return error.getClass().getSimpleName() + text(error.getMessage());
  }

  private static String memory(String what) {
    if (what.contains("native thread")) {
      return "the system gives no more threads ("
          + what
          + "): raise the limit of processes (ulimit -u), or end other programs";
    }
    if (what.contains("array size")) {
      return "a file or a value is larger than the JVM can hold in one piece (" + what + ")";
    }
    boolean heap = what.startsWith(HEAP) || what.contains("GC overhead");
    return heap ? fullHeap() : full(" (" + what + ")");
  }

  /** The message for a heap without room. */
  static String fullHeap() {
    return full("");
  }

  private static String full(String kind) {
    String limit = MB.formatted(Runtime.getRuntime().maxMemory() >> 20);
    return "the Java heap of %s is full%s: give it more, for example DPO4J_JAVA_OPTS=-Xmx4g"
        .formatted(limit, kind);
  }

  private static String library(Error error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    boolean tokenizers =
        Arrays.stream(root.getStackTrace()).anyMatch(at -> at.getClassName().startsWith("ai.djl"));
    String place =
        tokenizers
            ? "the library of the tokenizers is unpacked into ~/.djl.ai, and DJL_CACHE_DIR moves it"
            : "the engine is unpacked into ~/.javacpp, and DPO4J_JAVA_OPTS="
                + "-Dorg.bytedeco.javacpp.cachedir=FOLDER moves it";
    return String.format(
        Locale.ROOT,
        "a library cannot be loaded: %s%s. Check the room and the rights there: %s; dpo4j doctor tells more",
        root.getClass().getSimpleName(),
        text(root.getMessage()),
        place);
  }

  private static String first(Error error) {
    StackTraceElement[] trace = error.getStackTrace();
    return trace.length == 0 ? "no place is known" : "in " + trace[0].getClassName();
  }

  private static String text(@Nullable String message) {
    return message == null || message.isBlank() ? "" : ": " + message;
  }
}
