/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import dev.dpo4j.io.OwnerLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a run folder, also one of a run that goes on, was killed, or is half written. */
public final class RunReader {
  /** Samples that the models wrote while training. */
  public static final String COMPLETIONS = "completions.jsonl";

  private static final String CONFIG = "config.yaml";
  private static final String PROOF = "run.json";

  /** Bytes of each end of a log that a glance reads. */
  private static final int GLANCE_BYTES = 1 << 16;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path folder;
  private final List<String> notes = new ArrayList<>();

  private RunReader(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads a run folder.
   *
   * @throws ReportException if the folder is none of a run
   */
  public static RunRecord read(Path folder) {
    return new RunReader(folder).read();
  }

  private RunRecord read() {
    if (!Files.isDirectory(folder)) {
      throw new ReportException(
          folder
              + (Files.exists(folder) ? " is a file" : " does not exist")
              + ": expected the output_dir of a run");
    }
    Metrics metrics = MetricsReader.read(folder);
    if (metrics == null && !Files.isRegularFile(folder.resolve(EventsReader.FILE))) {
      throw new ReportException(
          "%s holds neither %s nor %s: expected the output_dir of a run"
              .formatted(folder, MetricsReader.METRICS, MetricsReader.STATE));
    }
    if (metrics == null) {
      metrics =
          new Metrics(
              Map.of(), 0, 0, List.of("no step was logged: there is no " + MetricsReader.METRICS));
    }
    notes.addAll(metrics.notes());
    Events events = EventsReader.read(folder);
    notes.addAll(events.notes());
    Map<String, String> config = config(folder, notes);
    Proof proof = proof(folder, notes);
    return record(folder, metrics, events, config, proof, samples(), notes);
  }

  /**
   * Reads the beginning and the end of the log alone, which is enough for a line in a list.
   *
   * <p>Nothing is thrown: a folder that tells nothing yet, or nothing that can be read, is a run of
   * unknown state. Curves have the first and the last points; samples are left out.
   */
  public static RunRecord glance(Path folder) {
    List<String> notes = new ArrayList<>();
    Metrics metrics = new Metrics(Map.of(), 0, 0, List.of());
    Events events = Events.NONE;
    try {
      Metrics found = MetricsReader.ends(folder, GLANCE_BYTES);
      if (found != null) {
        metrics = found;
      } else if (Files.isRegularFile(folder.resolve(MetricsReader.STATE))) {
        Metrics history = MetricsReader.read(folder);
        metrics = history == null ? metrics : history;
      }
      events = EventsReader.ends(folder, GLANCE_BYTES);
    } catch (IOException | ReportException e) {
      notes.add(String.valueOf(e.getMessage()));
    }
    Proof proof = proof(folder, notes);
    return record(folder, metrics, events, Map.of(), proof, List.of(), notes);
  }

  /** Puts together what was read. */
  static RunRecord record(
      Path folder,
      Metrics metrics,
      Events events,
      Map<String, String> config,
      Proof proof,
      List<Sample> samples,
      List<String> notes) {
    Map<String, Curve> curves = new LinkedHashMap<>(metrics.curves());
    events.speed().forEach(curves::putIfAbsent);
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return new RunRecord(
        folder,
        name == null ? folder.toString() : name.toString(),
        state(folder, events.ends(), proof),
        metrics,
        events,
        curves,
        config,
        proof,
        samples,
        notes);
  }

  /** Tells how far a run is by how it ended, if it did, and by the lock on its folder. */
  static RunState state(Path folder, Map<String, String> ends, Proof proof) {
    String told = ends.getOrDefault("status", proof.facts().getOrDefault("status", ""));
    for (RunState state : RunState.values()) {
      if (state.name().toLowerCase(Locale.ROOT).equals(told)) {
        return state;
      }
    }
    if (OwnerLock.isHeld(folder)) {
      return RunState.RUNNING;
    }
    return ends.isEmpty() && Files.isRegularFile(folder.resolve(EventsReader.FILE))
        ? RunState.KILLED
        : RunState.UNKNOWN;
  }

  /** The resolved configuration of a run, key by key; empty where it cannot be read. */
  public static Map<String, String> configuration(Path folder) {
    return config(folder, new ArrayList<>());
  }

  /** The resolved configuration has one key a line; those without effect stand in comments. */
  static Map<String, String> config(Path folder, List<String> notes) {
    Map<String, String> config = new LinkedHashMap<>();
    Path file = folder.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      notes.add("there is no " + CONFIG);
      return config;
    }
    try {
      for (String line : Lines.text(file).lines().toList()) {
        int colon = line.indexOf(':');
        if (colon > 0 && Character.isLetter(line.charAt(0))) {
          config.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
      }
    } catch (IOException e) {
      notes.add(CONFIG + " cannot be read: " + e.getMessage());
    }
    return config;
  }

  static Proof proof(Path folder, List<String> notes) {
    Path file = folder.resolve(PROOF);
    if (!Files.isRegularFile(file)) {
      return Proof.NONE;
    }
    try {
      JsonNode root = JSON.readTree(Lines.text(file));
      Map<String, String> facts = new LinkedHashMap<>();
      root.path("facts")
          .properties()
          .forEach(fact -> facts.put(fact.getKey(), fact.getValue().asString("")));
      Map<String, Proof.Input> inputs = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> input : root.path("inputs").properties()) {
        inputs.put(
            input.getKey(),
            new Proof.Input(
                input.getValue().path("path").asString(""),
                checksums(input.getValue().path("files"))));
      }
      return new Proof(facts, inputs, checksums(root.path("outputs")));
    } catch (IOException | JacksonException e) {
      notes.add(PROOF + " cannot be read: " + e.getMessage());
      return Proof.NONE;
    }
  }

  private static Map<String, String> checksums(JsonNode files) {
    Map<String, String> sums = new LinkedHashMap<>();
    files
        .properties()
        .forEach(file -> sums.put(file.getKey(), file.getValue().path("sha256").asString("")));
    return sums;
  }

  private List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    Path file = folder.resolve(COMPLETIONS);
    if (!Files.isRegularFile(file)) {
      return samples;
    }
    try {
      long broken = 0;
      for (String line : Lines.text(file).lines().toList()) {
        try {
          samples.add(sample(line));
        } catch (JacksonException e) {
          broken++;
        }
      }
      if (broken > 0) {
        notes.add(broken + " lines of " + COMPLETIONS + " are not whole and are left out");
      }
    } catch (IOException e) {
      notes.add(COMPLETIONS + " cannot be read: " + e.getMessage());
    }
    return samples;
  }

  /** Reads a line of {@link #COMPLETIONS}. */
  static Sample sample(String line) {
    JsonNode row = JSON.readTree(line);
    return new Sample(
        row.path("step").asLong(0),
        row.path("prompt").asString(""),
        row.path("reference").asString(""),
        row.path("policy").asString(""));
  }
}
