/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.http.HubErrors;
import dev.dpo4j.hub.http.HubRequests;
import dev.dpo4j.hub.http.HubResponse;
import dev.dpo4j.hub.http.Pause;
import dev.dpo4j.hub.http.StallGuard;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings one file into its blob: what an interrupted download has left is gone on with, the whole
 * is checked on the disk, and only then it gets its name.
 */
public final class BlobDownload {
  private static final int BUFFER = 1 << 17;
  private static final long LEAST_PROGRESS = 1024;
  private static final Pattern RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

  private final HubRequests requests;
  private final HubListener listener;
  private final HubName name;
  private final URI uri;
  private final String path;
  private final @Nullable ContentHash hash;
  private long size;
  private long begunAt;

  /**
   * Prepares the download of a file.
   *
   * @param name the repository at a commit
   * @param path the file in it
   * @param size bytes, -1 if unknown
   * @param hash what the content must have, null if unknown
   */
  public BlobDownload(
      HubRequests requests,
      HubListener listener,
      HubName name,
      URI uri,
      String path,
      long size,
      @Nullable ContentHash hash) {
    this.requests = requests;
    this.listener = listener;
    this.name = name;
    this.uri = uri;
    this.path = path;
    this.size = size;
    this.hash = hash;
  }

  /** Where the bytes of an unfinished download stand; the name is the same after a crash. */
  public static Path partial(Path blob) {
    return blob.resolveSibling(blob.getFileName() + ".dpo4j.incomplete");
  }

  /**
   * Downloads the file unless it is there.
   *
   * @return whether it was downloaded now
   */
  public boolean into(Path blob, Path lockFile) throws IOException {
    if (whole(blob)) {
      return false;
    }
    try (BlobLock lock = BlobLock.take(lockFile, path, listener)) {
      if (whole(blob)) {
        return false;
      }
      Path partial = partial(blob);
      if (Files.isSymbolicLink(partial)) {
        Files.delete(partial); // Another user of the cache may have laid it; it is not followed.
      }
      if (!lock.sure()) {
        partial = blob.resolveSibling(blob.getFileName() + "." + UUID.randomUUID() + ".incomplete");
      }
      try {
        fill(partial);
        AtomicFile.publish(partial, blob);
        return true;
      } finally {
        if (!lock.sure()) {
          Files.deleteIfExists(partial); // Nobody will go on with a name made once.
        }
      }
    }
  }

  private boolean whole(Path blob) throws IOException {
    return Files.isRegularFile(blob)
        && (size < 0 || Files.size(blob) == size)
        && (hash == null || hash.of(blob).equals(hash.value()));
  }

  /** Fills the partial file until its content is right; a wrong one is thrown away once. */
  private void fill(Path partial) throws IOException {
    boolean resumed = length(partial) > 0;
    transfer(partial);
    String found = check(partial);
    if (found != null && resumed) {
      listener.notice(path + ": what was left of an earlier download is damaged; starting again");
      restart(partial);
      transfer(partial);
      found = check(partial);
    }
    if (found != null) {
      restart(partial);
      Files.deleteIfExists(partial);
      throw corrupt(found);
    }
  }

  private HubException corrupt(String found) {
    return new HubException(
        Reason.CORRUPT,
        "%s of %s came damaged: %s. Nothing was kept; try again, and check proxies on the way"
            .formatted(path, name, found));
  }

  /** Returns what is wrong with the content, null if nothing is. */
  private @Nullable String check(Path partial) throws IOException {
    long length = length(partial);
    if (size >= 0 && length != size) {
      return "it has " + length + " bytes, expected " + size;
    }
    if (hash == null) {
      return null;
    }
    String found = hash.of(partial);
    return found.equals(hash.value())
        ? null
        : "its %s is %s, expected %s".formatted(hash.algorithm(), found, hash.value());
  }

  private static long length(Path partial) throws IOException {
    return Files.exists(partial) ? Files.size(partial) : 0;
  }

  /** Reads the rest of the file, in as many requests as it takes while bytes keep coming. */
  private void transfer(Path partial) throws IOException {
    int idle = 0;
    int restarts = 0;
    long farthest = length(partial);
    while (true) {
      long have = length(partial);
      if (size >= 0 && have > size) {
        restart(partial);
        have = 0;
      }
      if (size >= 0 && have == size && Files.exists(partial)) {
        return;
      }
      @Nullable IOException failure = null;
      begunAt = have;
      try {
        if (request(partial, have)) {
          return;
        }
      } catch (TransferException e) {
        failure = e;
      }
      // Bytes that had come before are no progress; nor does it help to begin anew for ever.
      idle = length(partial) - farthest >= progress() ? 0 : idle + 1;
      farthest = Math.max(farthest, length(partial));
      restarts += begunAt < have ? 1 : 0;
      if (idle >= Call.TRIES || restarts >= Call.TRIES) {
        throw new HubException(
            Reason.NETWORK,
            "%s of %s broke off at byte %d and does not go on: %s. The same command goes on from there"
                .formatted(path, name, length(partial), HubRequests.describe(failure)),
            failure);
      }
      listener.notice("%s broke off at byte %d: going on".formatted(path, length(partial)));
      requests.pause().take(Pause.backoff(Math.max(1, idle)));
    }
  }

  /** Bytes that count as going on: with a few each time a large file would never end. */
  private long progress() {
    return Math.max(1, Math.min(LEAST_PROGRESS, size / 1000));
  }

  /** A connection that broke; a disk that fails is another exception. */
  private static final class TransferException extends IOException {
    private static final long serialVersionUID = 1L;

    TransferException(IOException cause) {
      super(HubRequests.describe(cause), cause);
    }
  }

  /** Asks for what is missing once; returns whether the server has sent all it has. */
  private boolean request(Path partial, long have) throws IOException {
    Call call =
        Call.get(uri, requests.settings().downloadTimeout())
            .with("Accept-Encoding", "identity")
            .anywhere();
    if (have > 0) {
      call = call.with("Range", "bytes=" + have + "-");
    }
    call = requests.settings().implicitToken() ? call : call.anonymous();
    try (HubResponse answer = requests.send(call, listener)) {
      long start = have;
      switch (answer.status()) {
        case 200 -> start = 0;
        case 206 -> start = rangeStart(answer, have);
        case 416 -> start = -1;
        default -> throw new HubErrors(requests.settings(), name).of(answer, path);
      }
      String encoding = answer.header("Content-Encoding");
      if (encoding != null && !encoding.equals("identity")) {
        throw answer.malformed("the encoding " + encoding + ", which was not asked for", null);
      }
      if (start != have) {
        restart(partial);
        begunAt = 0;
      }
      // Without the right place to write to there is nothing to read: the next try starts anew.
      return start >= 0 && read(answer, partial, start);
    }
  }

  private static long rangeStart(HubResponse answer, long asked) {
    Matcher range = RANGE.matcher(String.valueOf(answer.header("Content-Range")));
    return range.matches() && Long.parseLong(range.group(1)) == asked ? asked : -1;
  }

  private boolean read(HubResponse answer, Path partial, long start) throws IOException {
    long promised = answer.length();
    if (size < 0 && promised >= 0) {
      size = start + promised;
    }
    byte[] buffer = new byte[BUFFER];
    long at = start;
    try (InputStream in = new StallGuard(answer.body(), requests.settings().downloadTimeout());
        FileChannel out =
            FileChannel.open(
                partial,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS)) {
      int read = next(in, buffer);
      while (read >= 0) {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          at += out.write(bytes, at);
        }
        listener.advances(read);
        if (size >= 0 && at > size) {
          listener.advances(-at);
          out.truncate(0);
          throw corrupt("more than the expected " + size + " bytes came");
        }
        read = next(in, buffer);
      }
    }
    return size < 0 || at == size;
  }

  private static int next(InputStream in, byte[] buffer) throws TransferException {
    try {
      return in.read(buffer, 0, buffer.length);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw Pause.interrupted(new InterruptedException("while a file was read"));
      }
      throw new TransferException(e);
    }
  }

  private void restart(Path partial) throws IOException {
    long lost = length(partial);
    if (lost > 0) {
      listener.advances(-lost);
      try (FileChannel out = FileChannel.open(partial, StandardOpenOption.WRITE)) {
        out.truncate(0);
      }
    }
  }
}
