/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * A lock that one process holds while it unpacks and loads the engine's libraries.
 *
 * <p>JavaCPP locks each file by itself. A library is loaded together with those that it needs, and
 * the system's loader opens them as they lie there, even if another process is still writing them:
 * that ends the process with SIGBUS. It happens where two processes start for the first time on a
 * machine, as the ranks of a run do.
 */
final class UnpackLock implements AutoCloseable {
  private static final String FILE = ".dpo4j.lock";

  /**
   * Longer than unpacking takes on a slow disk; a holder that was stopped blocks nobody for ever.
   */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final long PAUSE_MILLIS = 20;

  private final @Nullable FileChannel channel;

  private UnpackLock(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Waits until no other process unpacks.
   *
   * @return the lock; where the folder cannot be written nothing can be unpacked, so it locks
   *     nothing
   */
  static UnpackLock take() {
    try {
      return take(Loader.getCacheDir().toPath(), PATIENCE);
    } catch (IOException e) {
      return new UnpackLock(null);
    }
  }

  /** Waits at most {@code patience}, then goes on without the lock. */
  static UnpackLock take(Path cache, Duration patience) throws IOException {
    FileChannel channel =
        FileChannel.open(cache.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (!tryLock(channel) && System.nanoTime() < deadline) {
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new UnpackLock(channel);
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // Another class loader of this process holds it.
    }
  }

  /** Lets the next process in. */
  @Override
  public void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The lock ends with the process at the latest.
      }
    }
  }
}
