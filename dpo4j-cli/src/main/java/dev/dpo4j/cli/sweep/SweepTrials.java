/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.SaveStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Turns the combinations of a sweep into runs. */
final class SweepTrials {
  /** The folder of the runs below that of the sweep. */
  static final String FOLDER = "runs";

  /** A longer name of a folder is cut, and ends in a checksum. */
  private static final int LONGEST = 100;

  /**
   * Of keys alone: a file of another tool has been read already, and nothing of it is set aside.
   */
  private final Binder<? extends RunConfig> keys;

  private final SweepConfig config;
  private final Path output;
  private final List<Map<String, String>> points;

  private SweepTrials(
      SweepConfig config,
      SweepSession.Method<?> method,
      Path output,
      List<Map<String, String>> points) {
    this.keys = Binder.of(method.type());
    this.config = config;
    this.output = output;
    this.points = points;
  }

  SweepTrials(SweepConfig config, SweepSession.Method<?> method, Path output) {
    this(config, method, output, points(config));
  }

  /** Runs that were listed one by one, in their order. */
  static List<Trial> prepared(SweepConfig config, Path output, List<PreparedSweep.Run> runs) {
    SweepTrials trials = new SweepTrials(config, PairSession.METHOD, output, List.of());
    return runs.stream()
        .map(run -> trials.trial(run.settings(), run.keys(), 1, run.seed()))
        .toList();
  }

  private static List<Map<String, String>> points(SweepConfig config) {
    SweepSpace space = SweepSpace.of(config.options().sweep());
    SweepOptions options = config.options();
    Integer trials = options.sweepTrials();
    return switch (options.sweepStrategy()) {
      case GRID -> space.grid();
      case RANDOM ->
          space.random(trials == null ? SweepOptions.TRIALS : trials, config.run().loop().seed());
      case HALVING ->
          trials == null ? space.grid() : space.random(trials, config.run().loop().seed());
    };
  }

  /**
   * A run.
   *
   * @param name the name of its folder
   * @param point what is varied in it
   * @param share the share of the whole training
   * @param config the whole configuration
   */
  record Trial(String name, Map<String, String> point, double share, RunConfig config) {
    Path folder() {
      return java.util.Objects.requireNonNull(config.output().outputDir());
    }
  }

  /** The combinations. */
  List<Map<String, String>> points() {
    return points;
  }

  /** The shares of the training in each round, the last one 1. */
  List<Double> rounds() {
    if (config.options().sweepStrategy() != SweepStrategy.HALVING) {
      return List.of(1.0);
    }
    List<Double> shares = new ArrayList<>();
    for (int round = config.options().halvingRounds() - 1; round >= 0; round--) {
      shares.add(Math.pow(config.options().halvingFactor(), -round));
    }
    return shares;
  }

  /** How many combinations a round begins with. */
  int survivors(int round) {
    double left = points.size() / Math.pow(config.options().halvingFactor(), round);
    return config.options().sweepStrategy() == SweepStrategy.HALVING
        ? (int) Math.max(1, Math.ceil(left - 1e-9))
        : points.size();
  }

  /**
   * The runs of some combinations.
   *
   * @throws ConfigException if a combination is no configuration
   */
  List<Trial> of(List<Map<String, String>> some, double share) {
    List<Trial> trials = new ArrayList<>();
    for (Map<String, String> point : some) {
      for (int i = 0; i < config.options().sweepSeeds(); i++) {
        trials.add(trial(point, point, share, config.run().loop().seed() + i));
      }
    }
    return trials;
  }

  /** Every run that there can be, whichever survive. */
  List<Trial> all() {
    return rounds().stream().flatMap(share -> of(points, share).stream()).toList();
  }

  /** A run by what is said of it and the keys that it sets. */
  private Trial trial(
      Map<String, String> point, Map<String, String> keys, double share, long seed) {
    String name = name(point, share, seed);
    List<String> flags = new ArrayList<>();
    keys.forEach((key, value) -> flags.add("--" + key + "=" + value));
    if (share < 1) {
      flags.add(shortened(share));
    }
    flags.add("--seed=" + seed);
    flags.add("--output_dir=" + output.resolve(FOLDER).resolve(name));
    flags.add("--overwrite_output_dir=true");
    if (config.run().save().saveStrategy() != SaveStrategy.NO) {
      flags.add("--resume_from_checkpoint=auto");
    }
    try {
      RunConfig whole = this.keys.bind(base(keys), FlagSource.parse(flags)).value();
      return new Trial(name, point, share, whole);
    } catch (ConfigException e) {
      throw new ConfigException(
          e.faults().stream()
              .map(fault -> new Fault(fault.key(), "sweep " + label(point), fault.message()))
              .toList());
    }
  }

  /** The key that gives a run its share of the training. */
  private String shortened(double share) {
    LoopOptions loop = config.run().loop();
    return loop.maxSteps() > 0
        ? "--max_steps=" + (int) Math.max(1, Math.round(loop.maxSteps() * share))
        : "--num_train_epochs=" + loop.numTrainEpochs() * share;
  }

  /** The keys that all runs share, without those that the sweep sets. */
  private List<dev.dpo4j.config.value.Setting> base(Map<String, String> keys) {
    return YamlSource.parse(config.run().toYaml(), "the sweep").stream()
        .filter(setting -> !keys.containsKey(setting.key()))
        .filter(setting -> !setting.key().equals("resume_from_checkpoint"))
        .toList();
  }

  static String label(Map<String, String> point) {
    return point.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }

  private static String name(Map<String, String> point, double share, long seed) {
    String text =
        (share < 1 ? "share-%.4g ".formatted(share) : "") + label(point) + " seed=" + seed;
    String safe = text.replaceAll("[^A-Za-z0-9.=+-]+", "_");
    return safe.length() <= LONGEST
        ? safe
        : safe.substring(0, LONGEST - 9) + "_" + Checksums.of(text).substring(0, 8);
  }
}
