/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.config.Bound;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the data have the splits that are asked for.
 *
 * <p>An evaluation that a file asks for was meant for the data of its author: it is left out where
 * there is nothing to evaluate on. A flag means these data, so that it is refused.
 */
final class DataAdjustment {
  private static final Set<String> OF_EVALUATION =
      Set.of("eval_steps", "eval_on_start", "per_device_eval_batch_size", "dataset_test_split");

  private DataAdjustment() {}

  /** Returns settings that win over all others, and says why. */
  static <C extends Record & RunConfig> List<Setting> of(
      Bound<C> bound, List<List<Setting>> sources, List<Note> notes) {
    C config = bound.value();
    List<Setting> settings = new ArrayList<>();
    DatasetOptions data = config.dataset();
    @Nullable String name = data.datasetName();
    if (name != null && !isThere(name, data.datasetTrainSplit())) {
      @Nullable String where = bound.origins().get("dataset_train_split");
      boolean byFlag = String.valueOf(bound.origins().get("dataset_name")).startsWith("--");
      if (byFlag && where != null && !where.startsWith("--")) {
        settings.add(setting("dataset_train_split", "train"));
        notes.add(
            new Note(
                Note.Kind.SET_ASIDE,
                "dataset_train_split",
                where,
                "is set aside: " + name + " of --dataset_name has no such split"));
      }
    }
    evaluation(bound, sources, settings, notes);
    return settings;
  }

  private static <C extends Record & RunConfig> void evaluation(
      Bound<C> bound, List<List<Setting>> sources, List<Setting> settings, List<Note> notes) {
    C config = bound.value();
    DatasetOptions data = config.dataset();
    boolean asked = config.eval().strategy() != Interval.NO;
    if (!asked || config.eval().evalDataset() != null || data.canEvaluate()) {
      return;
    }
    String key = bound.origins().containsKey("eval_strategy") ? "eval_strategy" : "eval_steps";
    String where = Objects.toString(bound.origins().get(key), "");
    String why =
        "asks for an evaluation, but "
            + (data.datasetName() == null ? "the data have" : data.datasetName() + " has")
            + " no split "
            + data.datasetTestSplit();
    if (where.startsWith("--") || where.isEmpty()) {
      throw new ConfigException(
          new Fault(
              key,
              where,
              why
                  + ": name one with dataset_test_split, give eval_dataset, hold rows out with"
                  + " test_split_size, or set eval_strategy no"));
    }
    settings.add(setting("eval_strategy", "no"));
    notes.add(
        new Note(Note.Kind.SET_ASIDE, key, where, why + ": the run goes without an evaluation"));
    for (List<Setting> source : sources) {
      for (Setting setting : List.copyOf(source)) {
        if (OF_EVALUATION.contains(setting.key().replace('-', '_'))) {
          source.remove(setting);
          String reason = "has no effect without an evaluation";
          notes.add(new Note(Note.Kind.NO_EFFECT, setting.key(), setting.where(), reason));
        }
      }
    }
  }

  private static boolean isThere(String dataset, String split) {
    return DataSource.hasSplit(dataset, split);
  }

  private static Setting setting(String key, String value) {
    return new Setting(key, new Value.Scalar(value, Value.Kind.FLAG), "the data");
  }
}
