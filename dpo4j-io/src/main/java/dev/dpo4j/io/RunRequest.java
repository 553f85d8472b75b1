/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Something that another program asks of a run: a small file in the run folder, which the run takes
 * away when it does what was asked.
 *
 * <p>A file reaches the run on another machine of a shared file system, too, and never a stranger
 * that has got its process id since.
 */
public enum RunRequest {
  /** Finish the step, save, and end. */
  STOP("stop.request"),
  /** Save a checkpoint after the step, and go on. */
  CHECKPOINT("checkpoint.request");

  private final String fileName;

  RunRequest(String fileName) {
    this.fileName = fileName;
  }

  /** The name of the file in the run folder. */
  public String fileName() {
    return fileName;
  }

  /**
   * Asks for it; asking twice is asking once.
   *
   * @throws IOException if the folder cannot be written
   */
  public void ask(Path run) throws IOException {
    try {
      Files.createFile(run.resolve(fileName));
    } catch (FileAlreadyExistsException e) {
      // It was asked for before.
    }
  }

  /** Whether it was asked for and not taken up yet. */
  public boolean isPending(Path run) {
    return Files.exists(run.resolve(fileName), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * When it was asked for.
   *
   * @throws IOException if it was not
   */
  public Instant askedAt(Path run) throws IOException {
    Path file = run.resolve(fileName);
    return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
  }

  /**
   * Takes the request up; true once for each time it was asked.
   *
   * @throws IOException if the file is there and cannot be taken away
   */
  public boolean take(Path run) throws IOException {
    return Files.deleteIfExists(run.resolve(fileName));
  }
}
