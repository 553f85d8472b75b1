/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.Interval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stop is seen between two batches, wherever the run is. */
@Timeout(300)
class StoppedRunTest {
  private static final int ROWS = 24;

  @TempDir private Path folder;
  private Path source;
  private PreferenceData pairs;

  @BeforeEach
  void prepare() throws IOException {
    source = TinyModel.write(folder);
    List<String> prompts = new ArrayList<>();
    List<String> chosen = new ArrayList<>();
    List<String> rejected = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      prompts.add("lantern " + i);
      chosen.add(" in window " + i * i);
      rejected.add(" x" + i);
    }
    pairs = PreferenceData.ofTexts(prompts, chosen, rejected);
  }

  private DpoConfigBuilder config(Path output) {
    return DpoConfig.builder()
        .outputDir(output)
        .learningRate(1e-3)
        .maxSteps(4)
        .loggingSteps(1)
        .evalStrategy(Interval.STEPS)
        .evalSteps(2.0)
        .saveSteps(3)
        .perDeviceTrainBatchSize(2)
        .perDeviceEvalBatchSize(2);
  }

  private TrainResult train(DpoConfig config, TrainListener listener, AtomicBoolean stop) {
    return train(config, listener, stop::get);
  }

  private TrainResult train(DpoConfig config, TrainListener listener, BooleanSupplier stop) {
    try (Model model = Model.load(source)) {
      return DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(pairs)
          .evalDataset(pairs)
          .listener(listener)
          .stopWhen(stop)
          .build()
          .train();
    }
  }

  @Test
  void inTheReferencePassNoFurtherBatchIsComputed() {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger done = new AtomicInteger();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onReference(int rowsDone, int rows) {
            done.set(rowsDone);
            stop.set(rowsDone >= 4);
          }
        };
    TrainResult result = train(config(folder.resolve("out")).build(), listener, stop);
    assertThat(result.stopped()).isTrue();
    assertThat(result.steps()).isZero();
    assertThat(done).hasValue(4);
  }

  @Test
  void anEvaluationThatWasLeftIsDoneByTheResumedRun() throws IOException {
    Path whole = folder.resolve("whole");
    train(config(whole).build(), TrainListener.NONE, new AtomicBoolean());
    Path part = folder.resolve("part");
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger evaluated = new AtomicInteger();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onEvaluation(int batchesDone, int batches) {
            evaluated.incrementAndGet();
            stop.compareAndSet(false, batchesDone == 2);
          }
        };
    TrainResult stopped = train(config(part).build(), listener, stop);
    assertThat(stopped.stopped()).isTrue();
    assertThat(stopped.steps()).isEqualTo(2);
    assertThat(evaluated).as("batches that were asked for").hasValue(3);
    assertThat(Files.readString(part.resolve("metrics.jsonl"))).doesNotContain("eval_loss");
    TrainResult resumed =
        train(
            config(part).resumeFromCheckpoint("auto").build(),
            TrainListener.NONE,
            new AtomicBoolean());
    assertThat(resumed.stopped()).isFalse();
    for (String file : new String[] {"metrics.jsonl", "model.safetensors"}) {
      assertThat(part.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  @Test
  void answersThatWereLeftAreGivenByTheResumedRun() throws IOException {
    Path whole = folder.resolve("whole");
    train(answering(whole).build(), TrainListener.NONE, new AtomicBoolean());
    Path part = folder.resolve("part");
    Path log = part.resolve("metrics.jsonl");
    // The evaluation stands in the log, and the answers after it are being made.
    TrainResult stopped =
        train(answering(part).build(), TrainListener.NONE, () -> contains(log, "eval_loss"));
    assertThat(stopped.stopped()).isTrue();
    assertThat(stopped.steps()).isEqualTo(2);
    assertThat(Files.readAllLines(part.resolve("completions.jsonl")))
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"step\":0,"));
    train(
        answering(part).resumeFromCheckpoint("auto").build(),
        TrainListener.NONE,
        new AtomicBoolean());
    for (String file : new String[] {"completions.jsonl", "metrics.jsonl", "model.safetensors"}) {
      assertThat(part.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  private DpoConfigBuilder answering(Path output) {
    return config(output)
        .logCompletions(true)
        .logCompletionsPrompts(2)
        .logCompletionsMaxNewTokens(6);
  }

  private static boolean contains(Path file, String text) {
    try {
      return Files.exists(file) && Files.readString(file).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
