/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a folder or a file, which one process has at a time.
 *
 * <p>It is the operating system's lock on a small file beside what is written, so it ends with the
 * process, however that ends. The file says who holds it, for the message that a second process
 * gives, and is gone after a clean end. Within the process the thread that holds a folder may take
 * it again; nobody else may.
 */
public final class OwnerLock implements Closeable {
  /** The name of the file in a folder that is owned. */
  public static final String FOLDER_FILE = ".dpo4j.lock";

  /** Far behind the text, because Windows keeps others from reading what is locked. */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private static final int ATTEMPTS = 100;
  private static final int MOST_TEXT = 1000;
  private static final Pattern HOLDER = Pattern.compile("process ([0-9]+) on (\\S+) since (\\S+)");
  private static final Map<Path, Held> HELD = new HashMap<>();

  private final Path file;
  private final Held held;
  private boolean closed;

  private OwnerLock(Path file, Held held) {
    this.file = file;
    this.held = held;
  }

  /** A lock that this process holds. */
  private static final class Held {
    private final FileChannel channel;
    private final Thread thread = Thread.currentThread();
    private final List<Path> madeFolders;
    private int times = 1;

    Held(FileChannel channel, List<Path> madeFolders) {
      this.channel = channel;
      this.madeFolders = madeFolders;
    }
  }

  /**
   * Takes a folder, which is made if it is not there and removed again at the end if it is empty
   * then.
   *
   * @throws InUseException if somebody else has it; the message says who
   * @throws IOException if the folder cannot be made or written
   */
  public static OwnerLock ofFolder(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "is a file, expected a folder; choose another name");
    }
    List<Path> made = makeFolders(folder.toAbsolutePath().normalize());
    try {
      return take(folder, folder.toRealPath().resolve(FOLDER_FILE), true, made);
    } catch (IOException | RuntimeException e) {
      remove(made);
      throw e;
    }
  }

  /**
   * Takes a file, which need not exist; its folder must.
   *
   * @throws InUseException if somebody else has it; the message says who
   * @throws IOException if nothing can be written beside it
   */
  public static OwnerLock ofFile(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path real =
        Files.exists(absolute)
            ? absolute.toRealPath()
            : Objects.requireNonNull(absolute.getParent())
                .toRealPath()
                .resolve(absolute.getFileName());
    return take(file, real.resolveSibling("." + real.getFileName() + ".lock"), false, List.of());
  }

  /** Whether a process that lives has a folder; nothing is changed by asking. */
  public static boolean isHeld(Path folder) {
    synchronized (HELD) {
      try {
        Path file = folder.toRealPath().resolve(FOLDER_FILE);
        if (HELD.containsKey(file)) {
          return true; // Opening the file here would end this process's own lock (POSIX).
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, true)) {
          return lock == null;
        }
      } catch (IOException | OverlappingFileLockException e) {
        return false; // Without the file nobody holds it.
      }
    }
  }

  private static List<Path> makeFolders(Path folder) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = folder; at != null && !Files.exists(at); at = at.getParent()) {
      missing.add(at);
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException | RuntimeException e) {
      remove(missing);
      throw e;
    }
    return missing;
  }

  /** Removes folders, the innermost first, as far as they are empty. */
  private static void remove(List<Path> folders) {
    for (Path folder : folders) {
      try {
        Files.delete(folder);
      } catch (NoSuchFileException e) {
        // Somebody else removed it; the outer ones may still be there.
      } catch (DirectoryNotEmptyException e) {
        return;
      } catch (IOException e) {
        return; // An empty folder that stays harms nobody.
      }
    }
  }

  private static OwnerLock take(Path what, Path file, boolean again, List<Path> made)
      throws IOException {
    synchronized (HELD) {
      Held mine = HELD.get(file);
      if (again && mine != null && mine.thread.equals(Thread.currentThread())) {
        mine.times++;
        return new OwnerLock(file, mine);
      } else if (mine != null) {
        // Opening the file a second time would end the first lock when it is closed (POSIX).
        throw inUse(what, "this process (" + ProcessHandle.current().pid() + ") itself");
      }
      Held taken = new Held(open(what, file), made);
      HELD.put(file, taken);
      return new OwnerLock(file, taken);
    }
  }

  /** Opens and locks the file that has the name when the lock is there. */
  private static FileChannel open(Path what, Path file) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      FileChannel channel;
      @Nullable Object before;
      try {
        if (!Files.exists(file)) {
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
        }
        before = key(file);
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        if (!Files.isDirectory(file.resolveSibling("."))) {
          throw e;
        }
        continue; // Another process ended just now and took the file away.
      } catch (AccessDeniedException e) {
        throw new IOException(what + " cannot be written; check its rights", e);
      }
      try {
        lock(what, channel);
        if (Objects.equals(before, key(file))) {
          sign(channel);
          return channel;
        }
        channel.close();
      } catch (NoSuchFileException e) {
        channel.close();
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
    throw inUse(what, "processes that come and go");
  }

  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private static void lock(Path what, FileChannel channel) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      refuseLiving(what, holder(channel), e);
      return;
    }
    if (lock == null) {
      throw inUse(what, holder(channel));
    }
  }

  /** Where a file system has no locks, the process that signed the file is looked for. */
  private static void refuseLiving(Path what, String holder, IOException e) throws IOException {
    Matcher signed = HOLDER.matcher(holder);
    if (!signed.matches()) {
      return;
    }
    boolean here = signed.group(2).equals(host());
    if (!here || ProcessHandle.of(Long.parseLong(signed.group(1))).isPresent()) {
      InUseException inUse = inUse(what, holder);
      inUse.addSuppressed(e);
      throw inUse;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST_TEXT);
    channel.read(bytes, 0);
    String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString().strip();
    return HOLDER.matcher(text).matches() ? text : "another process";
  }

  private static InUseException inUse(Path what, String holder) {
    return new InUseException(
        "%s is in use: %s writes it. Wait for that to end, end it, or choose another name; nothing was changed."
            .formatted(what, holder));
  }

  private static void sign(FileChannel channel) throws IOException {
    String text =
        "process %d on %s since %s%n"
            .formatted(
                ProcessHandle.current().pid(),
                host(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS));
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  /** The name of this machine, found without asking a network. */
  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      @Nullable String name = System.getenv("COMPUTERNAME");
      @Nullable String other = System.getenv("HOSTNAME");
      String found = name != null ? name : other != null ? other : "this-machine";
      return found.toLowerCase(Locale.ROOT).replaceAll("\\s", "-");
    }
  }

  /**
   * Gives back all that this process holds, for an end at once: the files that tell of it are
   * removed. Nothing may be written afterwards.
   */
  public static void giveBackAll() {
    synchronized (HELD) {
      HELD.forEach(
          (file, held) -> {
            try {
              Files.deleteIfExists(file);
            } catch (IOException e) {
              return; // The lock ends with the process all the same.
            }
            remove(held.madeFolders);
          });
      HELD.clear();
    }
  }

  /** Gives the right back; the file that told of it is removed. */
  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      if (closed) {
        return;
      }
      closed = true;
      held.times--;
      if (held.times > 0) {
        return;
      }
      HELD.remove(file);
      try (FileChannel channel = held.channel) {
        // While the lock holds, so that nobody takes a file that is going away.
        Files.deleteIfExists(file);
      }
      remove(held.madeFolders);
    }
  }
}
