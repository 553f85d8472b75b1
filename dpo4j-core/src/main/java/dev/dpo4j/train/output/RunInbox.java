/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.io.RunRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into a run folder for what other programs ask of the run, such as the studio.
 *
 * <p>A look costs a call to the file system that finds nothing, some microseconds.
 */
public final class RunInbox {
  private static final Logger LOG = LoggerFactory.getLogger(RunInbox.class);

  private final RunEvents events;
  private final Set<RunRequest> broken = EnumSet.noneOf(RunRequest.class);
  private @Nullable Path folder;

  /** Makes an inbox that is empty until it is opened. */
  public RunInbox(RunEvents events) {
    this.events = events;
  }

  /** Looks into a folder from now on; what was asked of an earlier process is thrown away. */
  public void open(Path run) {
    folder = run;
    Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.MIN);
    for (RunRequest request : RunRequest.values()) {
      try {
        if (request.askedAt(run).isBefore(start)) {
          take(request);
        }
      } catch (IOException e) {
        // It was not asked for.
      }
    }
  }

  /** Throws away what nobody will do any more. */
  public void clear() {
    for (RunRequest request : RunRequest.values()) {
      take(request);
    }
  }

  /** Whether it was asked for since the last look. */
  public boolean asks(RunRequest request) {
    boolean asked = take(request);
    if (asked) {
      LOG.info("asked by {}", request.fileName());
      events.asked(request);
    }
    return asked;
  }

  private boolean take(RunRequest request) {
    Path run = folder;
    try {
      return run != null && !broken.contains(request) && request.take(run);
    } catch (IOException e) {
      broken.add(request);
      LOG.warn("{} cannot be taken away and is passed over: {}", request.fileName(), e.toString());
      return false;
    }
  }
}
