/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.http.Pause;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.io.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to fill one partial file. It saves double work; that the cache stays right does not
 * rest on it, as every file is checked on the disk before it gets its name.
 */
final class BlobLock implements Closeable {
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int POLLS_UNTOLD = 10;

  private final Path file;
  private final @Nullable FileChannel channel;

  private BlobLock(Path file, @Nullable FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Waits until nobody else fills the file. */
  static BlobLock take(Path lock, String what, HubListener listener) {
    Path file = lock.toAbsolutePath();
    for (int polls = 0; ; polls++) {
      if (HELD_HERE.add(file)) {
        boolean kept = false;
        try {
          BlobLock taken = ofProcess(file);
          kept = taken != null;
          if (taken != null) {
            return taken;
          }
        } finally {
          if (!kept) {
            HELD_HERE.remove(file);
          }
        }
      }
      if (polls == POLLS_UNTOLD) {
        listener.notice("waiting for another download of " + what);
      }
      Pause.REAL.take(POLL);
    }
  }

  /** Locks against other processes where the file system can; null if another one has the lock. */
  private static @Nullable BlobLock ofProcess(Path file) {
    @Nullable FileChannel channel = null;
    try {
      Files.createDirectories(AtomicFile.folder(file));
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new BlobLock(file, channel);
      }
      channel.close();
      return null;
    } catch (OverlappingFileLockException e) {
      closeQuietly(channel);
      return null;
    } catch (IOException e) {
      closeQuietly(channel);
      return new BlobLock(file, null);
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was locked.
      }
    }
  }

  /** Whether other processes keep away; else the partial file must have a name of its own. */
  boolean sure() {
    return channel != null;
  }

  @Override
  public void close() {
    closeQuietly(channel);
    HELD_HERE.remove(file);
  }
}
