/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.generate.EngineThread;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private final CausalLm network;
  private int users;

  private ExecutorModel(String key, Path folder) {
    this.key = key;
    this.language = LanguageModel.load(folder);
    this.network = thread().call(() -> language.compute(ComputeOptions.float32()));
  }

  /** The model of a folder; closing it lets another one in. */
  static ExecutorModel use(String folder) {
    synchronized (LOCK) {
      String key = key(Path.of(folder));
      ExecutorModel model = held;
      if (model == null || !model.key.equals(key)) {
        if (model != null && model.users == 0) {
          model.free();
        }
        model = new ExecutorModel(key, Path.of(folder));
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

  CausalLm network() {
    return network;
  }

  private void free() {
    thread()
        .call(
            () -> {
              network.close();
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
