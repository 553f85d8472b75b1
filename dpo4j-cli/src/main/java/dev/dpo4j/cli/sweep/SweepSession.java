/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tokenised rows, and what the reference says of them, that several runs share, and the runs one
 * after the other.
 *
 * <p>They are shared by runs that agree in all keys that decide about them; a sweep over other keys
 * opens a session a value.
 */
interface SweepSession extends AutoCloseable {
  /** The plan of a run. */
  RunPlan plan();

  /** How many rows there are to train on. */
  int trainRows();

  /** How many held-out rows there are. */
  int heldRows();

  /** A checksum over all rows. */
  String dataSha256();

  /**
   * Trains and measures.
   *
   * @param more computes further figures of the model's own answers
   * @return what was measured, or null where the run was stopped
   */
  @Nullable SweepTrial run(
      SweepTrials.Trial trial,
      SweepOptions options,
      AnswerFigures more,
      TrainListener listener,
      BooleanSupplier stopRequested);

  @Override
  void close();

  /**
   * What surrounds the opening of a session.
   *
   * @param seed decides which rows are held out
   * @param cache where log-probs of the reference are kept for a later process, or null
   * @param stopRequested asked while the reference scores; after a yes the rest is left out
   * @param progress told the number of rows that the reference has scored
   */
  record Opening(
      long seed, @Nullable Path cache, BooleanSupplier stopRequested, IntConsumer progress) {}

  /**
   * A method of training that can be swept.
   *
   * @param <C> its configuration
   * @param type the type of the configuration
   * @param command the words that start a sweep of it
   * @param model the model that is trained, or null
   * @param key what decides about the rows and the reference. The seed only decides which rows are
   *     held out, so that it must stay the same
   * @param opener reads and tokenises the rows, and scores them with the reference if there is one
   */
  record Method<C extends Record & RunConfig>(
      Class<C> type,
      List<String> command,
      Function<C, @Nullable String> model,
      Function<C, List<?>> key,
      BiFunction<C, Opening, SweepSession> opener) {
    /** The key of a configuration whose type only the caller knows. */
    String keyOf(RunConfig config) {
      return key.apply(type.cast(config)).stream()
          .map(String::valueOf)
          .collect(Collectors.joining("\n"));
    }

    /** Opens a session for such a configuration. */
    SweepSession openFor(RunConfig config, Opening opening) {
      return opener.apply(type.cast(config), opening);
    }

    /** The model of such a configuration. */
    @Nullable String modelOf(RunConfig config) {
      return model.apply(type.cast(config));
    }
  }

  /** What was measured of a run; a figure that is no finite number is none. */
  static SweepTrial measured(
      SweepTrials.Trial trial,
      String status,
      Map<String, Double> figures,
      Map<String, List<Double>> parts) {
    Map<String, Double> finite = new LinkedHashMap<>(figures);
    finite.values().removeIf(value -> !Double.isFinite(value));
    Map<String, List<Double>> known = new LinkedHashMap<>(parts);
    known.keySet().retainAll(finite.keySet());
    return new SweepTrial(
        trial.name(),
        trial.point(),
        trial.config().loop().seed(),
        trial.share(),
        status,
        finite,
        known);
  }

  /** The margins of two lists of scores. */
  static List<Double> differences(double[] chosen, double[] rejected) {
    List<Double> margins = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      margins.add(chosen[i] - rejected[i]);
    }
    return margins;
  }
}
