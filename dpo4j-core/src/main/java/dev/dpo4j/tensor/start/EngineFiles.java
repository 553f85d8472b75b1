/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * The folder into which the engine's libraries are unpacked before their first use.
 *
 * <p>Where it has no room, unpacking fails half way and what follows speaks of symbols; so the room
 * is looked at first.
 */
public final class EngineFiles {
  /** The property that moves the folder. */
  static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  private static final double MB = 1e6;

  private EngineFiles() {}

  /**
   * A library by a file in its jar, with the bytes that the whole jar takes when it is unpacked.
   */
  private enum Library {
    TORCH("org/bytedeco/pytorch/%s/libtorch_cpu.so", 370_000_000),
    OPENBLAS("org/bytedeco/openblas/%s/libopenblas.so.0", 105_000_000),
    MKL("org/bytedeco/mkl/%s/libmkl_rt.so.2", 415_000_000);

    private final String file;
    private final long bytes;

    Library(String file, long bytes) {
      this.file = file;
      this.bytes = bytes;
    }

    /** The bytes that are still to be unpacked. */
    long missing(Path cache, ClassLoader loader) {
      String name = file.formatted(Loader.getPlatform());
      try {
        URL url = loader.getResource(name);
        if (url == null || !(url.openConnection() instanceof JarURLConnection jar)) {
          return 0;
        }
        Path file = Path.of(jar.getJarFileURL().getPath()).getFileName();
        return Files.exists(cache.resolve(file).resolve(name)) ? 0 : bytes;
      } catch (IOException e) {
        return 0; // The loading itself tells more.
      }
    }
  }

  /**
   * Loads a library, which is unpacked before if it has not been, by one process at a time.
   *
   * @param library the class that stands for it
   * @throws LinkageError if the platform has none, or it cannot be loaded
   */
  public static void load(Class<?> library) {
    try (UnpackLock unpacking = UnpackLock.take()) {
      Loader.load(library);
    }
  }

  /**
   * Refuses to unpack where there is no room.
   *
   * @throws EngineException that says how much is missing and how the folder is moved
   */
  public static void requireRoom() {
    ClassLoader loader = EngineFiles.class.getClassLoader();
    if (loader == null) {
      return;
    }
    try {
      Path cache = Loader.getCacheDir().toPath();
      long needed = 0;
      for (Library library : Library.values()) {
        needed += library.missing(cache, loader);
      }
      if (needed > 0) {
        requireRoom(cache, needed, Files.getFileStore(cache).getUsableSpace());
      }
    } catch (IOException e) {
      throw new EngineException(
          "The engine's libraries cannot be unpacked: "
              + e.getMessage()
              + advice("a folder that can be written"),
          e);
    }
  }

  static void requireRoom(Path cache, long needed, long free) {
    if (free < needed) {
      throw new EngineException(
          "The engine's libraries are unpacked into %s and need %.0f MB there, but %.0f MB are free%s"
              .formatted(cache, needed / MB, free / MB, advice("a folder with room")),
          null);
    }
  }

  /** What a failure to load means if the libraries are on the class path. */
  public static EngineException broken(Throwable failure) {
    String text = failure.getMessage();
    return new EngineException(
        "The engine's libraries cannot be loaded: "
            + (text == null ? failure.getClass().getSimpleName() : text)
            + advice("a folder with room from which programs may be run"),
        failure);
  }

  /** Whether the libraries of this platform are on the class path. */
  public static boolean onClassPath() {
    @Nullable ClassLoader loader = EngineFiles.class.getClassLoader();
    return loader != null
        && loader.getResource(Library.TORCH.file.formatted(Loader.getPlatform())) != null;
  }

  private static String advice(String folder) {
    return ". Make room, or name "
        + folder
        + ": DPO4J_JAVA_OPTS=-D"
        + PROPERTY
        + "=FOLDER (for a program of your own: the property "
        + PROPERTY
        + ")";
  }
}
