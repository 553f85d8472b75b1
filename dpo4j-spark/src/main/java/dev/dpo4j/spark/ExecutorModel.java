/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.generate.EngineThread;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.reward.RewardScorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model that the tasks of an executor share.
 *
 * <p>It is loaded once and kept for the next partition; another one takes its place when no task
 * uses it any more. Everything computes on one thread, because there is one libtorch in a process.
 */
final class ExecutorModel implements AutoCloseable {
  private static final Object LOCK = new Object();

  private static @Nullable EngineThread engine;
  private static @Nullable ExecutorModel held;

  private final String key;
  private final LanguageModel language;
  private final @Nullable CausalLm network;
  private final @Nullable RewardScorer rewards;
  private int users;

  private ExecutorModel(String key, Path folder, boolean reward) {
    this.key = key;
    this.language = reward ? LanguageModel.loadReward(folder) : LanguageModel.load(folder);
    ComputeOptions options = ComputeOptions.float32();
    this.network = reward ? null : thread().call(() -> language.compute(options));
    this.rewards = reward ? thread().call(() -> new RewardScorer(language, options)) : null;
  }

  /** The language model of a folder; closing it lets another one in. */
  static ExecutorModel use(String folder) {
    return use(folder, false);
  }

  /** The reward model of a folder; closing it lets another one in. */
  static ExecutorModel useReward(String folder) {
    return use(folder, true);
  }

  private static ExecutorModel use(String folder, boolean reward) {
    synchronized (LOCK) {
      String key = (reward ? "reward " : "") + key(Path.of(folder));
      ExecutorModel model = held;
      if (model == null || !model.key.equals(key)) {
        if (model != null && model.users == 0) {
          model.free();
        }
        model = new ExecutorModel(key, Path.of(folder), reward);
        held = model;
      }
      model.users++;
      return model;
    }
  }

  /** The thread on which this process computes. */
  static EngineThread thread() {
    synchronized (LOCK) {
      EngineThread started = engine;
      if (started == null) {
        ExecutorEngine.start();
        started = EngineThread.start("dpo4j-spark");
        engine = started;
      }
      return started;
    }
  }

  /** A folder and when it was written, because a later run may replace the model in it. */
  private static String key(Path folder) {
    try (Stream<Path> files = Files.walk(folder, 1)) {
      long newest = files.mapToLong(file -> file.toFile().lastModified()).max().orElse(0);
      return folder + " " + newest;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The model folder %s cannot be read: every executor must see it".formatted(folder), e);
    }
  }

  LanguageModel language() {
    return language;
  }

  /** What computes with a language model. */
  CausalLm network() {
    return Objects.requireNonNull(network);
  }

  /** What computes with a reward model. */
  RewardScorer rewards() {
    return Objects.requireNonNull(rewards);
  }

  private void free() {
    thread()
        .call(
            () -> {
              if (network != null) {
                network.close();
              }
              if (rewards != null) {
                rewards.close();
              }
              language.close();
              return key;
            });
  }

  /** Ends the use by one task. */
  @Override
  public void close() {
    synchronized (LOCK) {
      users--;
      if (users == 0 && held != this) {
        free();
      }
    }
  }
}
