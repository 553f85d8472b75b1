/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How far a run has been sent: a small file in the run folder.
 *
 * @param server the tracking server
 * @param experimentId the id of the experiment
 * @param runId the id of the run on the server; empty where none was begun
 * @param artifactUri where the server keeps the files of the run
 * @param params whether the parameters have arrived
 * @param sent the place in the log up to which all has arrived
 * @param files checksums of the files that have arrived, by name
 * @param status how the run ended, as the server knows
 */
record MlflowState(
    String server,
    String experimentId,
    String runId,
    String artifactUri,
    boolean params,
    MetricBatches.Place sent,
    Map<String, String> files,
    String status) {
  private static final int MOST_BYTES = 1 << 20;
  private static final JsonMapper JSON = JsonMapper.shared();

  MlflowState {
    files = Map.copyOf(files);
  }

  /** Nothing was sent yet. */
  static MlflowState begin(String server) {
    return new MlflowState(server, "", "", "", false, MetricBatches.Place.START, Map.of(), "");
  }

  /** Reads the file; one that is not there or is none tells that nothing was sent. */
  static MlflowState read(Path file) {
    if (!Files.isRegularFile(file)) {
      return begin("");
    }
    try {
      JsonNode root = JSON.readTree(SmallFile.readString(file, MOST_BYTES));
      Map<String, String> files = new TreeMap<>();
      root.path("files")
          .properties()
          .forEach(entry -> files.put(entry.getKey(), entry.getValue().asString("")));
      return new MlflowState(
          root.path("tracking_uri").asString(""),
          root.path("experiment_id").asString(""),
          root.path("run_id").asString(""),
          root.path("artifact_uri").asString(""),
          root.path("params").asBoolean(false),
          new MetricBatches.Place(root.path("step").asLong(-1), root.path("lines").asInt(0)),
          files,
          root.path("status").asString(""));
    } catch (IOException | JacksonException e) {
      return begin("");
    }
  }

  void write(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("tracking_uri", server).put("experiment_id", experimentId).put("run_id", runId);
    root.put("artifact_uri", artifactUri).put("params", params);
    root.put("step", sent.step()).put("lines", sent.lines()).put("status", status);
    ObjectNode sums = root.putObject("files");
    new TreeMap<>(files).forEach(sums::put);
    AtomicFile.writeString(file, root.toPrettyString() + "\n");
  }

  MlflowState ofRun(String experiment, String run, String artifacts) {
    return new MlflowState(server, experiment, run, artifacts, params, sent, files, "RUNNING");
  }

  MlflowState withParams() {
    return new MlflowState(server, experimentId, runId, artifactUri, true, sent, files, status);
  }

  MlflowState upTo(MetricBatches.Place place) {
    return new MlflowState(server, experimentId, runId, artifactUri, params, place, files, status);
  }

  MlflowState withFile(String name, String sha256) {
    Map<String, String> more = new TreeMap<>(files);
    more.put(name, sha256);
    return new MlflowState(server, experimentId, runId, artifactUri, params, sent, more, status);
  }

  MlflowState ended(String as) {
    return new MlflowState(server, experimentId, runId, artifactUri, params, sent, files, as);
  }

  /** The page of the run; empty where there is none yet. */
  String page() {
    return runId.isEmpty()
        ? ""
        : "%s/#/experiments/%s/runs/%s".formatted(server, experimentId, runId);
  }
}
