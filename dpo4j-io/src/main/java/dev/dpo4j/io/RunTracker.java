/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a run folder holds to a server on which people follow runs.
 *
 * <p>A tracker reads the folder and nothing else, on a thread of its own, and keeps in the folder
 * how far it came. So a server that is down, hangs or refuses costs the run nothing, and what it
 * missed can be sent by any later process. Trackers are found by {@link ServiceLoader}.
 */
public interface RunTracker {
  /** The name of the tracker in {@code report_to}. */
  String name();

  /** Says what the environment lacks or has wrong, and what to set; null where nothing is. */
  @Nullable String fault();

  /** The file in a run folder in which the tracker keeps how far it came. */
  default String fileName() {
    return "." + name() + ".json";
  }

  /**
   * Begins to send what a run writes, and goes on where an earlier process ended.
   *
   * @param run the run folder
   */
  Following follow(Path run);

  /**
   * Sends all that a run folder holds and the server has not, pages and proof included.
   *
   * @param run the run folder, which nobody follows at present
   * @param most after that time the rest waits for another call
   */
  Sent send(Path run, Duration most);

  /** Follows a run folder until it is closed. */
  interface Following extends AutoCloseable {
    /** Says why nothing arrives at present; null while all goes well. */
    @Nullable String problem();

    /** Sends the rest, but waits for no more than a few seconds; never throws. */
    @Override
    void close();
  }

  /**
   * What became of an attempt to send.
   *
   * @param where the page of the run on the server; empty where the server knows none yet
   * @param problem why something is not there yet; null where all is
   * @param notes what the server will not get, in words
   */
  record Sent(String where, @Nullable String problem, List<String> notes) {
    public Sent {
      notes = List.copyOf(notes);
    }
  }

  /** All trackers that are on the class path or the module path. */
  static List<RunTracker> all() {
    List<RunTracker> found = new ArrayList<>();
    ServiceLoader.load(RunTracker.class, RunTracker.class.getClassLoader()).forEach(found::add);
    return found;
  }

  /** The tracker of a name, if it is there. */
  static Optional<RunTracker> named(String name) {
    return all().stream().filter(tracker -> tracker.name().equals(name)).findFirst();
  }
}
