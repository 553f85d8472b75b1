/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.checkpoint.CheckpointStore;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.train.options.SaveOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the checkpoint from which a run goes on, and says whether it is of the same run. */
public final class ResumePoint {
  /** The resolved configuration in a run folder and in a checkpoint. */
  static final String CONFIG = "config.yaml";

  /** The keys that say how long a run is. */
  private static final Set<String> LENGTH = Set.of("num_train_epochs", "max_steps");

  private static final Logger LOG = LoggerFactory.getLogger(ResumePoint.class);

  /** Rows of a micro-batch in one process, and how many processes there are. */
  private static final String BATCH = "per_device_train_batch_size";

  private static final String PROCESSES = "processes";

  private ResumePoint() {}

  /** The configuration of a run as it is kept; that of several processes names their number. */
  public static String yaml(String configYaml, int processes) {
    // No key of the configuration: the launcher says it, so that it stands in a comment.
    return processes == 1
        ? configYaml
        : "%s%n# %s: %d%n"
            .formatted(configYaml.stripTrailing(), PROCESSES, processes)
            .replace(System.lineSeparator(), "\n");
  }

  /**
   * Prepares the output folder of a run and finds where the run goes on.
   *
   * @param output the output folder; it is made if it is not there
   * @param overwrite whether a folder that is not empty may be used
   * @param save says whether and where to go on
   * @param configYaml the resolved configuration
   * @return the checkpoint, or null to begin anew
   * @throws java.nio.file.FileAlreadyExistsException if the folder holds something else
   * @throws CheckpointException if there is no such checkpoint or it is damaged
   * @throws ConfigException if it is of a run with another configuration; all differences are named
   */
  public static @Nullable Path find(
      Path output, boolean overwrite, SaveOptions save, String configYaml) throws IOException {
    String asked = save.resumeFromCheckpoint();
    if (!save.resumes() || asked == null) {
      OutputFolder.prepare(output, overwrite);
      refuseForeign(output, configYaml);
      return null;
    }
    boolean search = asked.equals("auto") || asked.equals("true");
    Path found = search ? newest(output) : given(Path.of(asked));
    if (found == null && asked.equals("true")) {
      throw new CheckpointException(
          "resume_from_checkpoint is true, but there is no whole checkpoint in "
              + output
              + ". Set it to auto to begin anew in this case.");
    }
    boolean ours = Files.exists(output.resolve(CONFIG));
    OutputFolder.prepare(output, overwrite || ours || (search && found != null));
    refuseForeign(output, configYaml);
    if (found != null) {
      refuseDifferences(found.resolve(CONFIG), configYaml);
      LOG.info("going on from {}", found);
    } else if (ours && !overwrite) {
      refuseDifferences(output.resolve(CONFIG), configYaml);
      LOG.info("there is no checkpoint in {} yet: beginning anew", output);
    }
    return found;
  }

  /** The file of settings that somebody wrote is often called as ours is; it is not replaced. */
  private static void refuseForeign(Path output, String configYaml) throws IOException {
    Path file = output.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      return;
    }
    String title = configYaml.lines().findFirst().orElse("");
    if (!SmallFile.readString(file).startsWith(title)) {
      throw new FileAlreadyExistsException(
          output.toString(),
          null,
          "output_dir holds a config.yaml that no run wrote, and every run writes its own there: move"
              + " it away, or choose another folder");
    }
  }

  /**
   * Finds faults of the folder and the configuration before anything is read; no file of a
   * checkpoint is checked yet.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the folder holds something else
   * @throws ConfigException if the folder is of a run with another configuration
   */
  public static void lookAhead(Path output, boolean overwrite, SaveOptions save, String configYaml)
      throws IOException {
    Path config = output.resolve(CONFIG);
    if (!save.resumes()) {
      OutputFolder.prepare(output, overwrite);
    }
    refuseForeign(output, configYaml);
    if (!save.resumes()) {
      return;
    }
    if (Files.exists(config) && !overwrite) {
      refuseDifferences(config, configYaml);
    }
  }

  /** Whether a run becomes longer, which goes on from where it ended. */
  private static boolean grows(@Nullable Value before, @Nullable Value now) {
    return before instanceof Value.Scalar was
        && now instanceof Value.Scalar is
        && number(was) > 0
        && number(is) > number(was);
  }

  private static @Nullable Path newest(Path output) {
    return new CheckpointStore(output).latest(LOG::warn).orElse(null);
  }

  private static Path given(Path folder) {
    List<String> faults =
        Files.isDirectory(folder)
            ? CheckpointStore.faults(folder)
            : List.of("there is no such folder");
    if (!faults.isEmpty()) {
      throw new CheckpointException(
          "%s cannot be resumed: %s. Give another checkpoint, or auto for the newest whole one."
              .formatted(folder, String.join("; ", faults)));
    }
    return folder;
  }

  /** Compares configurations key by key; those that do not change the numbers may differ. */
  private static void refuseDifferences(Path before, String now) throws IOException {
    Map<String, Value> old = values(SmallFile.readString(before), before.toString());
    Map<String, Value> present = values(now, CONFIG);
    List<Fault> differences = new ArrayList<>();
    for (String name : differences(old, present)) {
      String message =
          "was %s in the run to resume and is %s now; set it as it was, or begin anew elsewhere"
              .formatted(written(name, old), written(name, present));
      differences.add(new Fault(name, before.toString(), message));
    }
    if (!differences.isEmpty()) {
      throw new ConfigException(differences);
    }
  }

  /** The keys whose values differ, without those that do not change the numbers. */
  static List<String> differences(Path before, String now) throws IOException {
    return differences(
        values(SmallFile.readString(before), before.toString()), values(now, CONFIG));
  }

  private static List<String> differences(Map<String, Value> old, Map<String, Value> present) {
    TreeSet<String> names = new TreeSet<>(old.keySet());
    names.addAll(present.keySet());
    names.removeAll(SaveOptions.FREE);
    names.removeIf(name -> LENGTH.contains(name) && grows(old.get(name), present.get(name)));
    names.removeIf(name -> isSame(old.get(name), present.get(name)));
    // The rows of a micro-batch count, not over how many processes they are shared.
    names.removeAll(Set.of(BATCH, PROCESSES));
    if (old.containsKey(BATCH) && rows(old) != rows(present)) {
      names.add(BATCH);
    }
    return List.copyOf(names);
  }

  private static boolean isSame(@Nullable Value before, @Nullable Value now) {
    return Objects.equals(before, now)
        || (before instanceof Value.Scalar one
            && now instanceof Value.Scalar other
            && one.kind() == Value.Kind.NUMBER
            && other.kind() == Value.Kind.NUMBER
            && number(one) == number(other));
  }

  private static double rows(Map<String, Value> values) {
    return numberOf(values, BATCH) * numberOf(values, PROCESSES);
  }

  private static double numberOf(Map<String, Value> values, String key) {
    return values.get(key) instanceof Value.Scalar scalar ? number(scalar) : 1;
  }

  private static String written(@Nullable Value value) {
    return value == null ? "absent" : Binder.yaml(value);
  }

  private static String written(String name, Map<String, Value> values) {
    String text = written(values.get(name));
    return name.equals(BATCH) && values.containsKey(PROCESSES)
        ? "%s in each of %s processes".formatted(text, written(values.get(PROCESSES)))
        : text;
  }

  private static double number(Value.Scalar value) {
    try {
      return Double.parseDouble(value.text());
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** The values of a resolved configuration by key, those of keys without effect included. */
  private static Map<String, Value> values(String yaml, String source) {
    // A key without effect stands in a comment.
    String whole = yaml.replaceAll("(?m)^# (?=[a-z0-9_]+: )", "");
    Map<String, Value> values = new LinkedHashMap<>();
    YamlSource.parse(whole, source).forEach(setting -> values.put(setting.key(), setting.value()));
    return values;
  }
}
