/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Lets the bundled engine and an installed PyTorch live in one process.
 *
 * <p>Both are libtorch, of different versions and with the same names: the dynamic loader would
 * give one the other's {@code libc10.so}, and merge those of their variables that it keeps once for
 * a process ({@code STB_GNU_UNIQUE}), such as the registries of operators. Either ends the process.
 * So the bundled libraries get names of their own and keep their variables for themselves, in
 * copies that are unpacked to a cache folder of their own. No instruction of them is changed.
 */
public final class EngineSeparation {
  private static final String CACHE_PROPERTY = "org.bytedeco.javacpp.cachedir";
  private static final String FOLDER = "dpo4j-separate";
  private static final List<String> NATIVES =
      List.of(
          "libc10.so", "libtorch_cpu.so", "libtorch.so", "libjnitorch.so", "libjnitorch_gloo.so");

  // Of the same length, so that no offset moves.
  private static final Map<String, String> NAMES =
      Map.of(
          "libc10.so", "libd10.so",
          "libtorch_cpu.so", "libdorch_cpu.so",
          "libtorch.so", "libdorch.so");

  private static boolean requested;
  private static boolean started;

  private EngineSeparation() {}

  /**
   * Has the bundled engine start separately, if it starts at all.
   *
   * @throws IllegalStateException if it has started otherwise
   */
  public static synchronized void request() {
    if (started && !requested) {
      throw new IllegalStateException(
          "the bundled engine runs in this process already and cannot live with an installed"
              + " PyTorch: choose the CUDA device before anything is computed, or start a new"
              + " process");
    }
    requested = true;
  }

  /** Unpacks the bundled libraries as requested; the engine calls it before it starts. */
  public static synchronized void prepare() {
    started = true;
    if (!requested || !System.getProperty("os.name").startsWith("Linux")) {
      return;
    }
    try {
      Path folder = cacheFolder().resolve(FOLDER);
      Files.createDirectories(folder);
      // Before JavaCPP reads it.
      System.setProperty(CACHE_PROPERTY, folder.toString());
      try (FileChannel lock =
              FileChannel.open(
                  folder.resolve(".separation"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          var held = lock.lock()) {
        for (String name : NATIVES) {
          separate(name);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "the bundled engine cannot be unpacked separately from an installed PyTorch: "
              + e
              + ". Free some space, or name another folder with -D"
              + CACHE_PROPERTY
              + "=FOLDER",
          e);
    }
  }

  private static Path cacheFolder() {
    String named = System.getProperty(CACHE_PROPERTY);
    return named != null
        ? Path.of(named)
        : Path.of(System.getProperty("user.home"), ".javacpp", "cache");
  }

  private static void separate(String name) throws IOException {
    String resource = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/" + name;
    @Nullable File unpacked = Loader.cacheResource(EngineSeparation.class, resource);
    if (unpacked == null) {
      // Natives that come from elsewhere; the engine says what is missing when it starts.
      return;
    }
    Path file = unpacked.toPath();
    if (!separated(file)) {
      Path aside = file.resolveSibling(name + ".tmp");
      FileTime time = Files.getLastModifiedTime(file);
      Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
      rewrite(aside);
      // JavaCPP unpacks again what has another time than in its archive.
      Files.setLastModifiedTime(aside, time);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static boolean separated(Path file) throws IOException {
    try (RandomAccessFile library = new RandomAccessFile(file.toFile(), "r")) {
      return new Elf(library).names(false) == 0;
    }
  }

  /** Renames what a library is called and needs, and makes its unique symbols ordinary ones. */
  static void rewrite(Path file) throws IOException {
    try (RandomAccessFile library = new RandomAccessFile(file.toFile(), "rw")) {
      Elf elf = new Elf(library);
      elf.symbols();
      // Last: it marks the file as done.
      elf.names(true);
      library.getFD().sync();
    }
  }

  /** The two tables of a 64-bit little-endian ELF library that matter here. */
  private static final class Elf {
    private static final int SECTION_OFFSET = 0x28;
    private static final int SECTION_COUNT = 0x3c;
    private static final int SECTION_BYTES = 64;
    private static final int DYNAMIC = 6;
    private static final int DYNAMIC_SYMBOLS = 11;
    private static final int SYMBOL_BYTES = 24;
    private static final int ENTRY_BYTES = 16;
    private static final int NEEDED = 1;
    private static final int OWN_NAME = 14;
    private static final int UNIQUE = 10;
    private static final int WEAK = 2;
    private static final int LONGEST = 64;

    private final RandomAccessFile file;
    private final ByteBuffer sections;

    Elf(RandomAccessFile file) throws IOException {
      this.file = file;
      ByteBuffer header = view(read(0, SECTION_BYTES));
      long offset = header.getLong(SECTION_OFFSET);
      sections = view(read(offset, (header.getShort(SECTION_COUNT) & 0xffff) * SECTION_BYTES));
    }

    private byte[] read(long offset, int bytes) throws IOException {
      byte[] content = new byte[bytes];
      file.seek(offset);
      file.readFully(content);
      return content;
    }

    private static ByteBuffer view(byte[] content) {
      return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int section(int type) throws IOException {
      for (int at = 0; at < sections.limit(); at += SECTION_BYTES) {
        if (sections.getInt(at + 4) == type) {
          return at;
        }
      }
      throw new IOException("a library without the ELF section type " + type);
    }

    private long offset(int section) {
      return sections.getLong(section + 24);
    }

    private byte[] content(int section) throws IOException {
      return read(offset(section), Math.toIntExact(sections.getLong(section + 32)));
    }

    void symbols() throws IOException {
      int section = section(DYNAMIC_SYMBOLS);
      byte[] table = content(section);
      ByteBuffer symbols = ByteBuffer.wrap(table);
      for (int at = 0; at < symbols.limit(); at += SYMBOL_BYTES) {
        int info = symbols.get(at + 4) & 0xff;
        if (info >> 4 == UNIQUE) {
          symbols.put(at + 4, (byte) ((info & 15) | (WEAK << 4)));
        }
      }
      file.seek(offset(section));
      file.write(table);
    }

    /** Counts the names that are still the common ones, and replaces them if asked to. */
    int names(boolean replace) throws IOException {
      int section = section(DYNAMIC);
      long strings = offset(sections.getInt(section + 40) * SECTION_BYTES);
      ByteBuffer entries = view(content(section));
      int count = 0;
      for (int at = 0; at < entries.limit(); at += ENTRY_BYTES) {
        long tag = entries.getLong(at);
        if (tag == NEEDED || tag == OWN_NAME) {
          long place = strings + entries.getLong(at + 8);
          String other = NAMES.get(name(place));
          if (other != null) {
            count++;
            if (replace) {
              file.seek(place);
              file.write(other.getBytes(StandardCharsets.US_ASCII));
            }
          }
        }
      }
      return count;
    }

    private String name(long place) throws IOException {
      byte[] bytes = read(place, (int) Math.min(LONGEST, file.length() - place));
      int end = 0;
      while (end < bytes.length && bytes[end] != 0) {
        end++;
      }
      return new String(bytes, 0, end, StandardCharsets.US_ASCII);
    }
  }
}
