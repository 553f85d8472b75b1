/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.report.run.RunFollower;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunState;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs below a folder.
 *
 * <p>Runs are known by their names, which this class alone turns into folders: a name that it has
 * not found itself is no run. What lies outside the folder, behind a symbolic link too, is not
 * looked at. A line of the list costs the two ends of a log, and those only after they have
 * changed; a run that somebody looks at is followed.
 */
final class RunFolders {
  private static final Logger log = LoggerFactory.getLogger(RunFolders.class);

  /** The files of a run that are read. */
  private static final List<String> FILES =
      List.of(
          "metrics.jsonl",
          "events.jsonl",
          "completions.jsonl",
          "config.yaml",
          "run.json",
          "trainer_state.json");

  private static final String PHASE = "sft";
  private static final int DEPTH = 4;
  private static final int MOST_RUNS = 1000;

  /** Runs that are followed at once; each keeps some megabytes. */
  private static final int MOST_FOLLOWED = 24;

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
  private static final long WALK_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final RootFolder root;
  private final Map<String, RunLine> lines = new LinkedHashMap<>();
  private final Map<String, String> stamps = new LinkedHashMap<>();
  private Map<String, Path> found = Map.of();
  private long version;
  private long looked = Long.MIN_VALUE;
  private long walked = Long.MIN_VALUE;

  private final Map<String, RunFollower> followed =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RunFollower> eldest) {
          return size() > MOST_FOLLOWED;
        }
      };

  /**
   * Looks at a folder.
   *
   * @throws IOException if it is none
   */
  RunFolders(Path folder) throws IOException {
    this.root = RootFolder.of(folder);
  }

  /** The folder, without symbolic links. */
  Path root() {
    return root.path();
  }

  /** The runs, those that run first and then the newest. */
  synchronized List<RunLine> list() {
    look();
    List<RunLine> sorted = new ArrayList<>(lines.values());
    sorted.sort(
        Comparator.comparing((RunLine line) -> line.run().state() != RunState.RUNNING)
            .thenComparing(RunLine::changed, Comparator.reverseOrder())
            .thenComparing(RunLine::name));
    return sorted;
  }

  /** A number that is another one after anything in the list has changed. */
  synchronized long version() {
    look();
    return version;
  }

  /** The line of a run, if there is a run of this name. */
  synchronized Optional<RunLine> line(String name) {
    look();
    return Optional.ofNullable(lines.get(name));
  }

  /** The folder of a run, if there is a run of this name. */
  synchronized Optional<Path> folder(String name) {
    look();
    return Optional.ofNullable(found.get(name));
  }

  /** Follows a run, if there is a run of this name. */
  synchronized Optional<RunFollower> follow(String name) {
    look();
    Path folder = found.get(name);
    if (folder == null) {
      followed.remove(name);
      return Optional.empty();
    }
    return Optional.of(followed.computeIfAbsent(name, added -> new RunFollower(folder)));
  }

  private void look() {
    long now = System.nanoTime();
    if (looked != Long.MIN_VALUE && now - looked < LOOK_NANOS) {
      return;
    }
    looked = now;
    if (walked == Long.MIN_VALUE || now - walked >= WALK_NANOS) {
      walked = now;
      walk();
    }
    found.forEach(this::glance);
  }

  private void walk() {
    Map<String, Path> runs = new TreeMap<>();
    walk(root.path(), 0, new HashSet<>(), runs);
    if (!runs.keySet().equals(found.keySet())) {
      version++;
    }
    lines.keySet().retainAll(runs.keySet());
    stamps.keySet().retainAll(runs.keySet());
    found = runs;
  }

  private void walk(Path folder, int depth, Set<Path> seen, Map<String, Path> runs) {
    if (runs.size() >= MOST_RUNS || !root.holds(folder) || !seen.add(folder)) {
      return;
    }
    boolean run = isRun(folder);
    int before = runs.size();
    if (run) {
      put(folder, runs);
    }
    if (depth < DEPTH) {
      walkBelow(folder, run, depth, seen, runs);
    }
    // A run that has only begun owns its folder and has no log yet; a sweep owns the folder that
    // its runs are below.
    if (!run && runs.size() == before && isOwned(folder)) {
      put(folder, runs);
    }
  }

  private void put(Path folder, Map<String, Path> runs) {
    String name = root.name(folder);
    runs.put(name.isEmpty() ? "." : name, folder);
  }

  private void walkBelow(
      Path folder, boolean run, int depth, Set<Path> seen, Map<String, Path> runs) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        boolean looked = run ? name.equals(PHASE) : !name.startsWith(".");
        if (looked && !name.startsWith("checkpoint-")) {
          walk(entry, depth + 1, seen, runs);
        }
      }
    } catch (IOException e) {
      log.debug("{} cannot be listed", folder, e);
    }
  }

  private boolean isOwned(Path folder) {
    return !leadsOut(folder) && Files.isRegularFile(folder.resolve(OwnerLock.FOLDER_FILE));
  }

  private boolean isRun(Path folder) {
    return !leadsOut(folder)
        && (Files.isRegularFile(folder.resolve("metrics.jsonl"))
            || Files.isRegularFile(folder.resolve("events.jsonl"))
            || Files.isRegularFile(folder.resolve("trainer_state.json")));
  }

  private boolean leadsOut(Path folder) {
    for (String name : FILES) {
      Path file = folder.resolve(name);
      if (Files.isSymbolicLink(file) && !root.holds(file)) {
        log.debug("{} leads out of {}: the run is not shown", file, root.path());
        return true;
      }
    }
    return false;
  }

  private void glance(String name, Path folder) {
    StringBuilder stamp = new StringBuilder();
    FileTime newest = FileTime.fromMillis(0);
    for (String file : FILES) {
      try {
        BasicFileAttributes facts =
            Files.readAttributes(folder.resolve(file), BasicFileAttributes.class);
        stamp.append(facts.size()).append(' ').append(facts.lastModifiedTime());
        newest = newest.compareTo(facts.lastModifiedTime()) < 0 ? facts.lastModifiedTime() : newest;
      } catch (IOException e) {
        stamp.append("missing");
      }
      stamp.append(';');
    }
    boolean held = Files.exists(folder.resolve(OwnerLock.FOLDER_FILE)) && OwnerLock.isHeld(folder);
    stamp.append(held);
    if (!stamp.toString().equals(stamps.put(name, stamp.toString()))) {
      Instant changed = held && newest.toMillis() == 0 ? Instant.now() : newest.toInstant();
      lines.put(name, RunLine.of(name, RunReader.glance(folder).named(name), changed));
      version++;
    }
  }
}
