/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The proof of a run, {@code run.json}: checksums of what went in and of what came out.
 *
 * <p>It tells whether data, starting weights, configuration, log and result are still those that
 * belong together. It is no signature: who can write the folder can write a new proof.
 */
public final class RunProof {
  /** The name of the file in a run folder. */
  public static final String FILE_NAME = "run.json";

  /** A page that is made of the proof, too, and made again whenever somebody asks for it. */
  public static final String REPORT = "report.html";

  private static final int VERSION = 1;
  private static final String OWN_CHECKSUM = "sha256";
  private static final JsonMapper JSON = JsonMapper.shared();

  private RunProof() {}

  /**
   * What was found of a proof.
   *
   * @param files files that were compared
   * @param faults what is not as it was
   * @param absent files that are not there to be compared
   */
  public record ProofResult(int files, List<String> faults, List<String> absent) {
    /** Copies the lists. */
    public ProofResult {
      faults = List.copyOf(faults);
      absent = List.copyOf(absent);
    }
  }

  /**
   * Writes the proof of a run that has ended.
   *
   * @param run the run folder; its files are the outputs
   * @param facts what else is known, by name
   * @param inputs what the run read, files or folders, by role; those that are not there, such as
   *     data in memory, are left out
   * @throws IOException when a file cannot be read, or the proof not be written
   */
  public static void write(Path run, Map<String, Object> facts, Map<String, Path> inputs)
      throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", "dpo4j-run").put("version", VERSION);
    root.set("facts", JSON.valueToTree(facts));
    ObjectNode read = root.putObject("inputs");
    for (Map.Entry<String, Path> input : inputs.entrySet()) {
      if (Files.exists(input.getValue())) {
        ObjectNode role = read.putObject(input.getKey());
        role.put("path", input.getValue().toAbsolutePath().normalize().toString());
        list(role.putObject("files"), inputFiles(input.getValue()));
      }
    }
    list(root.putObject("outputs"), outputs(run));
    root.put(OWN_CHECKSUM, Checksums.of(root.toString()));
    AtomicFile.writeString(run.resolve(FILE_NAME), root.toPrettyString() + "\n");
  }

  private static void list(ObjectNode into, Map<String, Path> files) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      into.putObject(file.getKey())
          .put("size", Files.size(file.getValue()))
          .put("sha256", Checksums.of(file.getValue()));
    }
  }

  /** The files directly in a folder, or a file itself, by their names. */
  private static Map<String, Path> inputFiles(Path input) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    if (Files.isRegularFile(input)) {
      files.put(input.getFileName().toString(), input);
      return files;
    }
    try (Stream<Path> all = Files.list(input)) {
      all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .forEach(file -> files.put(file.getFileName().toString(), file));
    }
    return files;
  }

  private static Map<String, Path> outputs(Path run) throws IOException {
    Map<String, Path> files = inputFiles(run);
    files.remove(FILE_NAME);
    files.remove(REPORT);
    return files;
  }

  /**
   * Computes all checksums of a proof again, and those of the checkpoints in the folder.
   *
   * @param run a run folder, or a checkpoint
   * @throws CheckpointException when there is no proof, or it cannot be read
   */
  public static ProofResult verify(Path run) {
    List<String> faults = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    int files = 0;
    if (Files.exists(run.resolve(Manifest.FILE_NAME))) {
      return new ProofResult(1, Manifest.faults(run), absent);
    }
    JsonNode root = read(run.resolve(FILE_NAME), faults);
    files += compare(run, root.path("outputs"), faults, faults);
    for (Map.Entry<String, JsonNode> input : root.path("inputs").properties()) {
      try {
        Path path = Path.of(input.getValue().path("path").asString(""));
        Path base = Files.isDirectory(path) ? path : path.resolveSibling(".");
        files += compare(base, input.getValue().path("files"), faults, absent);
      } catch (InvalidPathException e) {
        faults.add(input.getKey() + " has no path in " + FILE_NAME);
      }
    }
    CheckpointStore store = new CheckpointStore(run);
    for (long step : store.steps()) {
      Path folder = store.folder(step);
      Manifest.faults(folder).forEach(fault -> faults.add(folder.getFileName() + ": " + fault));
      files++;
    }
    return new ProofResult(files, faults, absent);
  }

  private static JsonNode read(Path file, List<String> faults) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          "there is no "
              + file
              + ": the run has not ended, or the folder is not one of a run of dpo4j");
    }
    try {
      JsonNode root = JSON.readTree(SmallFile.readString(file));
      if (!(root instanceof ObjectNode object) || root.path("version").asInt(0) != VERSION) {
        throw new CheckpointException(file + " has another version than " + VERSION);
      }
      JsonNode own = object.remove(OWN_CHECKSUM);
      if (own == null || !own.asString("").equals(Checksums.of(object.toString()))) {
        faults.add(FILE_NAME + " was changed: its own checksum does not fit");
      }
      return root;
    } catch (IOException | JacksonException e) {
      throw new CheckpointException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static int compare(Path base, JsonNode files, List<String> faults, List<String> absent) {
    for (Map.Entry<String, JsonNode> entry : files.properties()) {
      try {
        Path file = base.resolve(entry.getKey()).normalize();
        if (!base.normalize().toAbsolutePath().equals(file.toAbsolutePath().getParent())) {
          faults.add(entry.getKey() + " is outside the folder");
        } else if (!Files.isRegularFile(file)) {
          absent.add(file + " is not there");
        } else if (Files.size(file) != entry.getValue().path("size").asLong(-1)) {
          faults.add(
              "%s has %d bytes, had %s"
                  .formatted(file, Files.size(file), entry.getValue().path("size")));
        } else if (!Checksums.of(file).equals(entry.getValue().path("sha256").asString(""))) {
          faults.add(file + " has another checksum than after the run");
        }
      } catch (IOException | InvalidPathException e) {
        faults.add(entry.getKey() + " cannot be read: " + e.getMessage());
      }
    }
    return files.size();
  }
}
