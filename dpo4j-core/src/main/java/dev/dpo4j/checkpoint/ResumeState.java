/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.TrainerState.Best;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The numbers of a training loop between two steps, as {@code resume_state.json} holds them.
 *
 * @param progress how far the loop is
 * @param sampler where the loop is in the data
 * @param gathered metrics since the last line of the log
 * @param best the best evaluation so far, or null
 * @param origin what the run was made of
 */
public record ResumeState(
    Progress progress,
    Sampler sampler,
    MetricAccumulator.State gathered,
    @Nullable Best best,
    Origin origin) {
  /** The name of the file in a checkpoint. */
  public static final String FILE_NAME = "resume_state.json";

  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * How far a loop is.
   *
   * @param step optimizer steps done
   * @param epoch the share of the run done, in epochs
   * @param maxSteps optimizer steps of the run
   * @param tokens tokens trained on
   * @param lossSum sum of the losses of all steps
   * @param learningRate rate of the last step
   */
  public record Progress(
      long step, double epoch, long maxSteps, long tokens, double lossSum, double learningRate) {}

  /**
   * Where a loop is in its data. The order of the rows is a function of seed and epoch, so no state
   * of a generator has to be kept; accumulation is over, because a checkpoint lies between steps.
   *
   * @param seed seed of the order
   * @param epoch index of the epoch of the next step
   * @param microBatch index in that epoch of the next micro-batch
   * @param orderSha256 checksum of the order of that epoch
   */
  public record Sampler(long seed, long epoch, long microBatch, String orderSha256) {}

  /**
   * What a run was made of; a resumed run must be made of the same.
   *
   * @param configSha256 checksum of {@code config.yaml}
   * @param dataSha256 checksum of the tokenised rows
   * @param engine engine, threads and route of the computation
   * @param device device and engine that computed; empty in a checkpoint of a version that did not
   *     keep them
   * @param version version of dpo4j
   * @param models checksums of what the run began with, such as {@code reference} and {@code
   *     tokenizer}, by name; empty in a checkpoint of a version that did not keep them
   */
  public record Origin(
      String configSha256,
      String dataSha256,
      String engine,
      String device,
      String version,
      Map<String, String> models) {
    /** Keeps the order of the names. */
    public Origin {
      models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
    }

    /** Without a device and checksums of models. */
    public Origin(String configSha256, String dataSha256, String engine, String version) {
      this(configSha256, dataSha256, engine, "", version, Map.of());
    }
  }

  /**
   * Writes the file.
   *
   * @throws IOException when it cannot be written
   */
  public void write(Path folder) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", "dpo4j-resume-state").put("version", VERSION);
    root.set("progress", JSON.valueToTree(progress));
    root.set("sampler", JSON.valueToTree(sampler));
    root.set("gathered", JSON.valueToTree(gathered));
    root.set("best", JSON.valueToTree(best));
    root.set("origin", JSON.valueToTree(origin));
    AtomicFile.writeString(folder.resolve(FILE_NAME), root.toPrettyString() + "\n");
  }

  /**
   * Reads the file of a checkpoint.
   *
   * @throws CheckpointException when it is missing or not what {@link #write} writes
   */
  public static ResumeState read(Path folder) {
    Path file = folder.resolve(FILE_NAME);
    try {
      JsonNode root = JSON.readTree(SmallFile.readString(file));
      if (root.path("version").asInt(0) != VERSION) {
        throw new CheckpointException(
            "%s has the version %s, expected %d: it was written by another version of dpo4j."
                .formatted(file, root.path("version"), VERSION));
      }
      return of(root);
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      throw new CheckpointException(
          file + " cannot be read: " + e.getMessage() + ". Resume from another checkpoint.", e);
    }
  }

  private static ResumeState of(JsonNode root) {
    JsonNode p = root.path("progress");
    JsonNode s = root.path("sampler");
    JsonNode g = root.path("gathered");
    JsonNode o = root.path("origin");
    return new ResumeState(
        new Progress(
            whole(p, "step"),
            number(p, "epoch"),
            whole(p, "maxSteps"),
            whole(p, "tokens"),
            number(p, "lossSum"),
            number(p, "learningRate")),
        new Sampler(
            whole(s, "seed"), whole(s, "epoch"), whole(s, "microBatch"), text(s, "orderSha256")),
        new MetricAccumulator.State(
            whole(g, "steps"),
            number(g, "lossSum"),
            map(g.path("sums"), ResumeState::number),
            map(g.path("counts"), JsonNode::intValue)),
        best(root.path("best")),
        new Origin(
            text(o, "configSha256"),
            text(o, "dataSha256"),
            text(o, "engine"),
            o.path("device").asString(""),
            text(o, "version"),
            map(o.path("models"), node -> node.asString(""))));
  }

  private static @Nullable Best best(JsonNode node) {
    return node.isObject()
        ? new Best(number(node, "metric"), whole(node, "step"), text(node, "checkpoint"))
        : null;
  }

  private static <V> Map<String, V> map(JsonNode node, Function<JsonNode, V> value) {
    Map<String, V> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      map.put(entry.getKey(), value.apply(entry.getValue()));
    }
    return map;
  }

  private static long whole(JsonNode parent, String name) {
    JsonNode node = parent.path(name);
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new IllegalArgumentException(name + " is " + node + ", expected a whole number");
    }
    return node.longValue();
  }

  private static double number(JsonNode parent, String name) {
    return number(parent.path(name));
  }

  /** Numbers that are not finite stand as text, because JSON has none. */
  private static double number(JsonNode node) {
    if (node.isString()) {
      return Double.parseDouble(node.stringValue());
    } else if (!node.isNumber()) {
      throw new IllegalArgumentException("found " + node + ", expected a number");
    }
    return node.doubleValue();
  }

  private static String text(JsonNode parent, String name) {
    if (!parent.path(name).isString()) {
      throw new IllegalArgumentException(name + " is " + parent.path(name) + ", expected a text");
    }
    return parent.path(name).stringValue();
  }
}
