/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Reads a run folder again and again, each time only what is new.
 *
 * <p>Curves are kept thinned out, so that memory and time do not grow with the length of a run. A
 * run that goes on from a checkpoint writes its log anew; that is noticed, and the log is read
 * again. Safe for several threads.
 */
public final class RunFollower {
  /** Points that are kept for those who ask for the newest. */
  private static final int RECENT = 20_000;

  private final Path folder;
  private final TailFile metricsFile;
  private final TailFile eventsFile;
  private final TailFile samplesFile;
  private final ArrayDeque<Point> recent = new ArrayDeque<>();
  private final List<Sample> samples = new ArrayList<>();
  private final Map<String, String> stamps = new HashMap<>();
  private final List<String> failures = new ArrayList<>();
  private MetricsReader metrics = new MetricsReader(this::point);
  private EventsReader events = new EventsReader(this::point);
  private @Nullable Metrics history;
  private Map<String, String> config = Map.of();
  private Proof proof = Proof.NONE;
  private final List<String> configNotes = new ArrayList<>();
  private final List<String> proofNotes = new ArrayList<>();
  private long broken;
  private long generation = 1;
  private long points;
  private long facts;
  private @Nullable RunRecord record;
  private RunState state = RunState.UNKNOWN;

  /** Follows a run folder, which need not exist yet. */
  public RunFollower(Path folder) {
    this.folder = folder;
    this.metricsFile = new TailFile(folder.resolve(MetricsReader.METRICS));
    this.eventsFile = new TailFile(folder.resolve(EventsReader.FILE));
    this.samplesFile = new TailFile(folder.resolve(RunReader.COMPLETIONS));
  }

  /**
   * A point of a curve.
   *
   * @param metric the metric
   * @param step its step
   * @param value its value, which may be no finite number
   */
  public record Point(String metric, double step, double value) {}

  /**
   * How much was read.
   *
   * @param generation another one after the log began anew
   * @param points points read since then
   * @param facts changes of everything but points
   */
  public record Position(long generation, long points, long facts) {}

  /**
   * A run as it was read up to a position.
   *
   * @param position the position
   * @param run the run
   */
  public record Snapshot(Position position, RunRecord run) {}

  /** Reads what is new, and returns all that was read. */
  public synchronized Snapshot read() {
    Position position = refresh();
    return new Snapshot(position, record());
  }

  private Position refresh() {
    failures.clear();
    long before = events.told();
    boolean read = read(eventsFile, taker(this::newEvents, text -> events.line(text)));
    boolean told = events.told() != before;
    if (events.wentBack()) {
      restart();
    }
    boolean logged =
        read(metricsFile, taker(this::newMetrics, text -> broken += metrics.line(text) ? 0 : 1));
    boolean answered = read(samplesFile, taker(samples::clear, this::sample));
    boolean configured = config();
    boolean proven = proof();
    boolean recorded = history();
    // The lock tells the state, and it comes and goes without a change of a file.
    RunState now = RunReader.state(folder, events.ended(), proof);
    if (read
        || logged
        || answered
        || configured
        || proven
        || recorded
        || now != state
        || !failures.isEmpty()) {
      record = null;
    }
    if (told || answered || configured || proven || recorded || now != state) {
      facts++;
    }
    state = now;
    return new Position(generation, points, facts);
  }

  private RunRecord record() {
    RunRecord known = record;
    if (known != null) {
      return known;
    }
    List<String> notes = new ArrayList<>(failures);
    Metrics log = history == null ? metrics.metrics() : history;
    notes.addAll(log.notes());
    if (broken > 0) {
      notes.add(broken + " lines of " + MetricsReader.METRICS + " are not whole and are left out");
    }
    if (log.lines() > 0 || events.told() > 0) {
      notes.addAll(configNotes); // A run that prepares has written nothing yet.
    }
    notes.addAll(proofNotes);
    RunRecord made = RunReader.record(folder, log, events.events(), config, proof, samples, notes);
    record = made;
    return made;
  }

  /**
   * What is new.
   *
   * @param position how much was read
   * @param points the points after the position asked for; nothing where they are no longer known:
   *     then the whole curves have to be taken
   */
  public record News(Position position, Optional<List<Point>> points) {}

  /** Reads what is new, and returns what came after a position. */
  public synchronized News newsSince(Position position) {
    Position now = refresh();
    return new News(now, since(position));
  }

  private Optional<List<Point>> since(Position position) {
    long missing = points - position.points();
    if (position.generation() != generation || missing < 0 || missing > recent.size()) {
      return Optional.empty();
    }
    return Optional.of(recent.stream().skip(recent.size() - missing).toList());
  }

  private interface Line {
    void take(String text);
  }

  private static TailFile.Taker taker(Runnable restart, Line line) {
    return new TailFile.Taker() {
      @Override
      public void restart() {
        restart.run();
      }

      @Override
      public void line(String text) {
        if (!text.isBlank()) {
          line.take(text);
        }
      }
    };
  }

  private boolean read(TailFile file, TailFile.Taker taker) {
    try {
      return file.read(taker);
    } catch (IOException e) {
      failures.add(folder + " cannot be read: " + e.getMessage());
      return false;
    }
  }

  private void newEvents() {
    events = new EventsReader(this::point);
    restart();
  }

  private void newMetrics() {
    metrics = new MetricsReader(this::point);
    broken = 0;
    restart();
  }

  private void restart() {
    generation++;
    points = 0;
    recent.clear();
  }

  private void point(String metric, double step, double value) {
    points++;
    recent.addLast(new Point(metric, step, value));
    if (recent.size() > RECENT) {
      recent.removeFirst();
    }
  }

  private void sample(String text) {
    try {
      samples.add(RunReader.sample(text));
    } catch (JacksonException e) {
      failures.add("a line of " + RunReader.COMPLETIONS + " is no JSON and is left out");
    }
  }

  private boolean config() {
    if (!hasChanged("config.yaml")) {
      return false;
    }
    configNotes.clear();
    config = RunReader.config(folder, configNotes);
    return true;
  }

  private boolean proof() {
    if (!hasChanged("run.json")) {
      return false;
    }
    proofNotes.clear();
    proof = RunReader.proof(folder, proofNotes);
    return true;
  }

  /** Tools of Hugging Face write their log as one file, and only now and then. */
  private boolean history() {
    if (Files.exists(folder.resolve(MetricsReader.METRICS))) {
      boolean was = history != null;
      history = null;
      return was;
    }
    if (!hasChanged(MetricsReader.STATE)) {
      return false;
    }
    try {
      history = MetricsReader.read(folder);
      restart();
      return true;
    } catch (ReportException e) {
      failures.add(String.valueOf(e.getMessage()));
      return false;
    }
  }

  /** Whether a small file is another one than at the last reading. */
  private boolean hasChanged(String name) {
    String stamp = "";
    try {
      BasicFileAttributes file =
          Files.readAttributes(folder.resolve(name), BasicFileAttributes.class);
      stamp = file.size() + " " + file.lastModifiedTime() + " " + file.fileKey();
    } catch (IOException e) {
      stamp = "missing";
    }
    return !stamp.equals(stamps.put(name, stamp));
  }
}
