/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.form.DatasetEntry;
import dev.dpo4j.data.form.MappedShape;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.RowCursor;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says where rows come from: a file, folder or glob, or data sets that a {@code dataset_info.json}
 * describes.
 */
public final class DataSource {
  private final RowSource rows;
  private final Map<String, Path> inputs;
  private final String options;
  private final boolean training;

  private DataSource(RowSource rows, Map<String, Path> inputs, String options, boolean training) {
    this.rows = rows;
    this.inputs = inputs;
    this.options = options;
    this.training = training;
  }

  /**
   * Takes a split of a file, a folder or a glob; each row is looked at by itself.
   *
   * @throws DataException if the split is not understood
   */
  public static DataSource of(Path dataset, String split) {
    return of(dataset.toString(), split, SourceOptions.DEFAULT, 0);
  }

  /**
   * Takes what options name.
   *
   * @param datasetName file, folder or glob; null where {@link SourceOptions#dataset} is set
   * @param split a split of it
   * @param options the form of the rows, or described data sets
   * @param seed decides about interleaving
   * @throws ConfigException if a description is at fault, or neither of both is named
   * @throws DataException if the split is not understood
   */
  public static DataSource of(
      @Nullable String datasetName, String split, SourceOptions options, long seed) {
    DataSource all = all(datasetName, split, options, seed);
    Double test = testSize(options);
    if (test == null) {
      return all;
    }
    return new DataSource(
        HeldOutRows.train(all.rows, test, testSeed(options, seed)),
        all.inputs,
        "kept of\n" + all.options,
        true);
  }

  /**
   * Takes the rows that {@link SourceOptions#testSplitSize} holds out of those to train on.
   *
   * @param seed decides which ones
   */
  public static DataSource heldOut(
      @Nullable String datasetName, String split, SourceOptions options, long seed) {
    DataSource all = all(datasetName, split, options, seed);
    Double test = testSize(options);
    if (test == null) {
      throw new ConfigException(
          new Fault("test_split_size", "", "is not set, so that no rows are held out"));
    }
    return new DataSource(
        HeldOutRows.test(all.rows, test, testSeed(options, seed)),
        all.inputs,
        "held out of\n" + all.options,
        false);
  }

  private static @Nullable Double testSize(SourceOptions options) {
    Value mixture = options.datasetMixture();
    Double own = mixture == null ? null : MixtureSpec.parse(mixture).testSplitSize();
    return own == null ? options.testSplitSize() : own;
  }

  private static long testSeed(SourceOptions options, long seed) {
    Value mixture = options.datasetMixture();
    return mixture == null ? seed : MixtureSpec.parse(mixture).seed();
  }

  private static DataSource all(
      @Nullable String datasetName, String split, SourceOptions options, long seed) {
    Value mixture = options.datasetMixture();
    if (!options.dataset().isEmpty()) {
      return described(options.dataset(), options, options.mixStrategy(), seed);
    } else if (mixture != null) {
      MixtureSpec spec = MixtureSpec.parse(mixture);
      return new DataSource(
          MixedRows.train(spec, options.maxSamples(), options.dropMediaRows()),
          inputs(spec.train()),
          options + "\n" + seed,
          true);
    } else if (datasetName == null) {
      throw new ConfigException(
          new Fault("dataset_name", "", "is missing: set it, or dataset and dataset_dir"));
    }
    RowShape form = RowShape.of(options.datasetFormat());
    RowShape shape =
        options.columns().isEmpty()
            ? form
            : new NamedColumns(options.columns(), List.of(), form, datasetName);
    RowSource rows =
        RowSource.of(datasetName, split, shape, options.maxSamples(), options.dropMediaRows());
    return new DataSource(
        rows,
        inputs(datasetName),
        String.join("\n", datasetName, split, "" + options, "" + seed),
        true);
  }

  /**
   * Takes the rows to evaluate on: a split of the data set that is trained on, or data of their
   * own. A file or glob of its own is read whole. Options for ranked answers need not apply to
   * them.
   *
   * @param datasetName as in {@link #of(String, String, SourceOptions, long)}
   * @param evalDataset data of their own; where {@link SourceOptions#dataset} is set names in the
   *     same {@code dataset_info.json}, between commas; or null
   * @param split a split of either
   * @param seed decides which rows a mixture holds out
   */
  public static DataSource evaluation(
      @Nullable String datasetName,
      @Nullable String evalDataset,
      String split,
      SourceOptions options,
      long seed) {
    Value mixture = options.datasetMixture();
    if (evalDataset == null && mixture != null) {
      MixtureSpec spec = MixtureSpec.parse(mixture);
      if (spec.testSplitSize() != null) {
        return heldOut(datasetName, split, options, seed);
      }
      return new DataSource(
          MixedRows.test(spec, options.dropMediaRows()),
          inputs(spec.test()),
          "test\n" + options,
          false);
    }
    if (!options.dataset().isEmpty()) {
      List<String> names =
          evalDataset == null
              ? List.of()
              : Arrays.stream(evalDataset.split(",", -1)).map(String::strip).toList();
      DataSource found = described(names, options, MixStrategy.CONCAT, 0);
      return new DataSource(found.rows, found.inputs, found.options, false);
    }
    boolean whole =
        evalDataset != null
            && split.equals("test")
            && (DatasetFiles.isGlob(evalDataset) || Files.isRegularFile(Path.of(evalDataset)));
    String name = evalDataset == null ? datasetName : evalDataset;
    SourceOptions plain = options.ofEvaluation();
    DataSource found = of(name, whole ? "train" : split, plain, 0);
    return new DataSource(found.rows, found.inputs, found.options, false);
  }

  private static DataSource described(
      List<String> names, SourceOptions options, MixStrategy strategy, long seed) {
    Path folder = Path.of(options.datasetDir());
    List<DatasetEntry> entries = DatasetInfo.read(folder, names);
    List<RowSource> sources =
        entries.stream().map(entry -> described(entry, options, seed)).toList();
    Map<String, Path> inputs = new LinkedHashMap<>();
    inputs.put("dataset_info", DatasetInfo.find(folder));
    for (DatasetEntry entry : entries) {
      inputs(entry.dataset())
          .forEach(
              (role, path) -> inputs.put(entry.name() + role.substring("data".length()), path));
    }
    List<Double> chances = strategy == MixStrategy.CONCAT ? List.of() : options.interleaveProbs();
    String described = String.join("\n", names + "", options + "", strategy + "", seed + "");
    return new DataSource(new Mixture(sources, strategy, chances, seed), inputs, described, true);
  }

  /** The rows of one entry; each reading checks anew which columns there are. */
  private static RowSource described(DatasetEntry entry, SourceOptions options, long seed) {
    Integer samples = entry.samples();
    Integer maxSamples = options.maxSamples();
    RowSource all = described(entry, options, samples == null ? maxSamples : null);
    if (samples == null) {
      return all;
    }
    int most = maxSamples == null ? samples : Math.min(samples, maxSamples);
    return HeldOutRows.drawn(all, most, seed);
  }

  private static RowSource described(
      DatasetEntry entry, SourceOptions options, @Nullable Integer maxSamples) {
    return new RowSource() {
      @Override
      public String name() {
        return entry.name();
      }

      @Override
      public RowCursor open(Faults faults) {
        return RowSource.of(
                entry.dataset(),
                entry.split(),
                new MappedShape(entry),
                maxSamples,
                options.dropMediaRows())
            .open(faults);
      }
    };
  }

  /**
   * Tells whether a file, folder or glob has the splits that a slice names; true where there is no
   * such file, which is found out elsewhere.
   */
  public static boolean hasSplit(String dataset, String split) {
    try {
      Set<String> splits =
          DatasetFiles.isGlob(dataset)
              ? Set.of("train")
              : DatasetFiles.splits(Path.of(dataset)).keySet();
      return SplitSpec.parse(split).parts().stream().allMatch(part -> splits.contains(part.name()));
    } catch (DataException | InvalidPathException e) {
      return true;
    }
  }

  private static Map<String, Path> inputs(List<MixtureSpec.Part> parts) {
    Map<String, Path> inputs = new LinkedHashMap<>();
    for (MixtureSpec.Part part : parts) {
      inputs(part.id())
          .forEach(
              (role, path) ->
                  inputs.put(
                      "data " + (inputs.size() + 1) + role.substring("data".length()), path));
    }
    return inputs;
  }

  private static Map<String, Path> inputs(String dataset) {
    if (!DatasetFiles.isGlob(dataset)) {
      return Map.of("data", Path.of(dataset));
    }
    Map<String, Path> inputs = new LinkedHashMap<>();
    for (Path file : DatasetFiles.resolve(dataset, "train")) {
      inputs.put("data " + (inputs.size() + 1), file);
    }
    return inputs;
  }

  /** Returns the data set as the user knows it. */
  public String name() {
    return rows.name();
  }

  /** Returns the files and folders that are read, by a name for each. */
  public Map<String, Path> inputs() {
    return Map.copyOf(inputs);
  }

  /** Returns the options that decide, beside the files, which rows come in which form. */
  public String options() {
    return options;
  }

  public RowSource rows() {
    return rows;
  }

  /** Whether options that have no effect on the rows are an error. */
  public boolean isTraining() {
    return training;
  }
}
