/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.report.run.Events;
import dev.dpo4j.report.run.RunReader;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Sends a run folder to MLflow: what is new, whenever it is asked to. */
final class MlflowSender implements AutoCloseable {
  /** What a server takes in one call. */
  static final int MOST_METRICS = 900;

  private static final int MOST_PARAMS = 100;

  /** A longer text is no parameter for any server; MLflow's own callback leaves it out, too. */
  private static final int LONGEST_PARAM = 500;

  private static final int LONGEST_TAG = 5000;

  /** What is sent when a run has ended; large files stay where they are. */
  private static final List<String> FILES = List.of("config.yaml", "run.json");

  private static final String REPORT = "report.html";

  private final Path run;
  private final Path file;
  private final MlflowSettings settings;
  private final MlflowApi api;
  private final List<String> notes = new ArrayList<>();
  private MlflowState state;
  private @Nullable MetricBatches batches;
  private boolean checked;

  /**
   * Prepares to send.
   *
   * @param file where the tracker keeps how far it came
   */
  MlflowSender(Path run, Path file, MlflowSettings settings, MlflowApi api) {
    this.run = run;
    this.file = file;
    this.settings = settings;
    this.api = api;
    MlflowState found = MlflowState.read(file);
    String wanted = settings.runId();
    boolean other = wanted != null && !found.runId().isEmpty() && !wanted.equals(found.runId());
    this.state =
        other || !found.server().equals(settings.server())
            ? MlflowState.begin(settings.server())
            : found;
  }

  /** The page of the run on the server; empty where there is none yet. */
  String page() {
    return state.page();
  }

  /** What the server will not get, in words. */
  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Sends the lines of the log that are new. */
  void pass() throws IOException, InterruptedException {
    attach();
    MetricBatches open = batches;
    if (open == null) {
      open = new MetricBatches(run, state.sent(), started(), MOST_METRICS);
      batches = open;
    }
    for (MetricBatches.Batch batch = open.next(); batch != null; batch = open.next()) {
      if (!batch.points().isEmpty()) {
        api.log(state.runId(), batch.points(), Map.of(), Map.of());
      }
      open.done(batch);
      keep(state.upTo(batch.end()));
    }
  }

  /**
   * Sends the files of a run that has ended, and how it ended.
   *
   * @param withReport whether the page is there already
   */
  void finish(boolean withReport) throws IOException, InterruptedException {
    RunRecord record = RunReader.glance(run);
    if (record.state() == RunState.RUNNING) {
      return;
    }
    summary(record);
    upload(withReport);
    String status = status(record.state());
    if (!status.equals(state.status())) {
      api.update(state.runId(), status, System.currentTimeMillis());
      keep(state.ended(status));
    }
  }

  private static String status(RunState state) {
    return switch (state) {
      case FAILED -> "FAILED";
      case STOPPED, KILLED -> "KILLED";
      default -> "FINISHED";
    };
  }

  /** What the log does not hold: how long it took, and the loss over all steps. */
  private void summary(RunRecord record) throws IOException, InterruptedException {
    List<MetricBatches.Point> points = new ArrayList<>();
    long step = Math.max(0, state.sent().step());
    add(points, "train_runtime", record.events().ends().get("seconds"), step);
    add(points, "train_loss", record.proof().facts().get("train_loss"), step);
    Map<String, String> tags = new LinkedHashMap<>();
    for (String name : List.of("method", "model", "trained", "rows")) {
      String value = record.events().plan().getOrDefault(name, "");
      if (!value.isEmpty() && value.length() <= LONGEST_TAG) {
        tags.put("dpo4j." + name, value);
      }
    }
    String whole = points + "|" + tags;
    String sum = Checksums.of(whole);
    if (!sum.equals(state.files().get("")) && !(points.isEmpty() && tags.isEmpty())) {
      api.log(state.runId(), points, Map.of(), tags);
      keep(state.withFile("", sum));
    }
  }

  private void add(
      List<MetricBatches.Point> points, String name, @Nullable String value, long step) {
    try {
      if (value != null && !value.isBlank()) {
        points.add(new MetricBatches.Point(name, Double.parseDouble(value), step, started()));
      }
    } catch (NumberFormatException e) {
      // It is left out.
    }
  }

  private void upload(boolean withReport) throws IOException, InterruptedException {
    if (!MlflowApi.takesFiles(state.artifactUri())) {
      notes.add(
          "MLflow keeps the files of this run in %s, which is reached by MLflow's own programs only: report.html and run.json are not sent. Start the server with --serve-artifacts"
              .formatted(state.artifactUri().replaceAll("://[^/@]*@", "://")));
      return;
    }
    List<String> names = new ArrayList<>(FILES);
    if (withReport) {
      names.add(REPORT);
    }
    for (String name : names) {
      Path sent = run.resolve(name);
      if (Files.isRegularFile(sent)) {
        String sum = Checksums.of(sent);
        if (!sum.equals(state.files().get(name))) {
          api.upload(state.artifactUri(), name, sent);
          keep(state.withFile(name, sum));
        }
      }
    }
  }

  /** Finds the run on the server, or begins it, and sends the parameters once. */
  private void attach() throws IOException, InterruptedException {
    if (!checked) {
      String wanted = settings.runId();
      if (wanted != null) {
        goOn(wanted);
      } else if (state.runId().isEmpty()) {
        begin();
      } else {
        goOnOrBegin();
      }
      checked = true;
    }
    if (!state.params()) {
      params();
      keep(state.withParams());
    }
  }

  private void begin() throws IOException, InterruptedException {
    String experiment = settings.experimentId();
    if (experiment == null) {
      String name = settings.experiment();
      experiment = api.experiment(name == null ? "Default" : name);
    }
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("mlflow.source.name", "dpo4j");
    tags.put("mlflow.source.type", "LOCAL");
    tags.putAll(settings.tags());
    Path name = run.toAbsolutePath().normalize().getFileName();
    JsonNode info = api.begin(experiment, name == null ? "run" : name.toString(), started(), tags);
    take(info);
  }

  /** A run that somebody has deleted on the server is sent anew from its beginning. */
  private void goOnOrBegin() throws IOException, InterruptedException {
    try {
      goOn(state.runId());
    } catch (MlflowApi.RefusedException e) {
      if (e.status() != 404) {
        throw e;
      }
      state = MlflowState.begin(settings.server());
      begin();
    }
  }

  private void goOn(String id) throws IOException, InterruptedException {
    take(api.run(id));
    api.update(id, "RUNNING", 0);
    if (settings.runId() != null && !settings.tags().isEmpty()) {
      api.log(id, List.of(), Map.of(), settings.tags());
    }
  }

  private void take(JsonNode info) throws IOException {
    String id = info.path("run_id").asString("");
    if (id.isEmpty()) {
      throw new IOException(
          settings.server() + " told no run_id: is it a tracking server of MLflow?");
    }
    keep(
        state.ofRun(
            info.path("experiment_id").asString(""), id, info.path("artifact_uri").asString("")));
  }

  private void params() throws IOException, InterruptedException {
    Map<String, String> some = new LinkedHashMap<>();
    int all = 0;
    for (Map.Entry<String, String> key : RunReader.configuration(run).entrySet()) {
      String value = key.getValue().replaceAll("^\"(.*)\"$", "$1");
      boolean told = !value.isEmpty() && !value.equals("null") && value.length() <= LONGEST_PARAM;
      if (told && all < settings.mostParams()) {
        some.put(key.getKey(), value);
        all++;
      }
      if (some.size() == MOST_PARAMS) {
        sendParams(some);
        some.clear();
      }
    }
    sendParams(some);
  }

  /** A run that was begun elsewhere may have other values, which no server changes. */
  private void sendParams(Map<String, String> some) throws IOException, InterruptedException {
    try {
      if (!some.isEmpty()) {
        api.log(state.runId(), List.of(), some, Map.of());
      }
    } catch (MlflowApi.RefusedException e) {
      if (e.status() != 400) {
        throw e;
      }
      notes.add("some keys of the configuration were not taken: " + e.getMessage());
    }
  }

  private long started() {
    List<Events.Start> starts = RunReader.glance(run).events().starts();
    try {
      return starts.isEmpty()
          ? System.currentTimeMillis()
          : Instant.parse(starts.get(0).time()).toEpochMilli();
    } catch (DateTimeParseException e) {
      return System.currentTimeMillis();
    }
  }

  private void keep(MlflowState now) throws IOException {
    state = now;
    state.write(file);
  }

  @Override
  public void close() throws IOException {
    MetricBatches open = batches;
    batches = null;
    if (open != null) {
      open.close();
    }
  }
}
