/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.RunTracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs arrive at a server whole and once, whatever it does meanwhile. */
class MlflowTrackerTest {
  private static final Duration LONG = Duration.ofMinutes(3);
  private static final MlflowFollower.Pace QUICK =
      new MlflowFollower.Pace(Duration.ofMillis(20), Duration.ofMillis(40), LONG);

  @TempDir Path folder;
  private FakeMlflow server;
  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeEach
  void start() throws IOException {
    server = new FakeMlflow();
    environment.put("MLFLOW_TRACKING_URI", server.address());
    Files.writeString(
        folder.resolve("config.yaml"),
        "# dpo4j\nbeta: 0.1\nloss_type: [sigmoid]\nmodel_name_or_path: \"a b\"\nseed: null\n# idle: 3\n");
    Files.writeString(
        folder.resolve("events.jsonl"),
        "{\"event\":\"start\",\"time\":\"2026-01-02T03:04:05Z\",\"step\":0,\"max_steps\":4}\n"
            + "{\"event\":\"plan\",\"time\":\"2026-01-02T03:04:05Z\",\"method\":\"dpo\"}\n");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private MlflowTracker tracker() {
    return new MlflowTracker(environment, QUICK, LONG);
  }

  private void log(String... lines) throws IOException {
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        String.join("\n", lines) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private void end() throws IOException {
    Files.writeString(
        folder.resolve("events.jsonl"),
        "{\"event\":\"end\",\"time\":\"2026-01-02T03:05:05Z\",\"status\":\"finished\",\"step\":4,\"seconds\":60.5}\n",
        StandardOpenOption.APPEND);
    Files.writeString(
        folder.resolve("run.json"),
        "{\"format\":\"dpo4j-run\",\"facts\":{\"status\":\"finished\",\"train_loss\":0.25}}");
    Files.writeString(folder.resolve("report.html"), "<html></html>");
  }

  private static void until(BooleanSupplier reached) throws InterruptedException {
    long end = System.nanoTime() + LONG.toNanos();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited in vain").isLessThan(end);
      Thread.sleep(5);
    }
  }

  @Test
  void aRunArrivesWithKeysNumbersFilesAndItsEnd() throws Exception {
    environment.put("MLFLOW_EXPERIMENT_NAME", "preferences");
    environment.put("MLFLOW_TAGS", "{\"team\": \"alignment\", \"round\": 2}");
    log("{\"step\":2,\"epoch\":0.5,\"loss\":0.69,\"odd (name)\":1.0,\"grad_norm\":\"NaN\"}");
    RunTracker.Following following = tracker().follow(folder);
    until(() -> server.metrics().size() == 4);
    log("{\"step\":4,\"epoch\":1.0,\"loss\":0.5}", "{\"step\":4,\"epoch\":1.0,\"eval_loss\":0.6}");
    end();
    following.close();
    assertThat(following.problem()).isNull();
    assertThat(server.metrics())
        .containsExactly(
            "epoch 2 0.5",
            "loss 2 0.69",
            "odd _name_ 2 1.0",
            "grad_norm 2 NaN",
            "epoch 4 1.0",
            "loss 4 0.5",
            "epoch 4 1.0",
            "eval_loss 4 0.6",
            "train_runtime 4 60.5",
            "train_loss 4 0.25");
    assertThat(server.params())
        .containsEntry("beta", "0.1")
        .containsEntry("loss_type", "[sigmoid]")
        .containsEntry("model_name_or_path", "a b")
        .doesNotContainKeys("seed", "idle");
    assertThat(server.tags())
        .containsEntry("team", "alignment")
        .containsEntry("round", "2")
        .containsEntry("dpo4j.method", "dpo");
    assertThat(server.files())
        .containsOnlyKeys("7/r1/artifacts/config.yaml", "7/r1/artifacts/run.json");
    assertThat(server.statuses()).containsExactly("FINISHED");

    RunTracker.Sent sent = tracker().send(folder, LONG);
    assertThat(sent.problem()).isNull();
    assertThat(sent.where()).isEqualTo(server.address() + "/#/experiments/7/runs/r1");
    assertThat(server.files()).containsKey("7/r1/artifacts/report.html");
    assertThat(server.metrics()).hasSize(10);
  }

  @Test
  void aRunThatGoesOnIsTheSameRunThereAndNoLineArrivesTwice() throws Exception {
    log("{\"step\":1,\"loss\":3.0}", "{\"step\":1,\"eval_loss\":3.5}", "{\"step\":2,\"loss\":2.0}");
    tracker().follow(folder).close();
    // The log is written anew up to the checkpoint of step 1.
    Files.delete(folder.resolve("metrics.jsonl"));
    log("{\"step\":1,\"loss\":3.0}", "{\"step\":1,\"eval_loss\":3.5}");
    RunTracker.Following following = tracker().follow(folder);
    until(() -> server.statuses().contains("RUNNING"));
    log("{\"step\":2,\"loss\":2.0}", "{\"step\":3,\"loss\":1.0}");
    following.close();
    assertThat(server.runs()).isEqualTo(1);
    assertThat(server.metrics())
        .containsExactly("loss 1 3.0", "eval_loss 1 3.5", "loss 2 2.0", "loss 3 1.0");
  }

  @ParameterizedTest
  @CsvSource({
    "BROKEN, answered 500",
    "HANGING, did not answer",
    "REFUSING, not yours",
  })
  void whatAServerInTroubleMissesIsSentLater(FakeMlflow.Mood mood, String said) throws Exception {
    server.become(mood);
    Duration patience = mood == FakeMlflow.Mood.HANGING ? Duration.ofMillis(100) : LONG;
    RunTracker.Following following = new MlflowTracker(environment, QUICK, patience).follow(folder);
    log("{\"step\":1,\"loss\":3.0}");
    until(() -> following.problem() != null);
    assertThat(following.problem()).contains(server.address()).contains(said);
    end();
    following.close();
    assertThat(following.problem()).contains(said);
    assertThat(server.metrics()).isEmpty();

    server.become(FakeMlflow.Mood.WELL);
    RunTracker.Sent sent = tracker().send(folder, LONG);
    assertThat(sent.problem()).isNull();
    assertThat(server.metrics())
        .containsExactly("loss 1 3.0", "train_runtime 1 60.5", "train_loss 1 0.25");
    assertThat(server.statuses()).containsExactly("FINISHED");
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws Exception {
    server.close();
    log("{\"step\":1,\"loss\":3.0}");
    RunTracker.Sent sent = tracker().send(folder, LONG);
    assertThat(sent.problem()).contains(server.address()).contains("cannot be reached");
    assertThat(sent.where()).isEmpty();
  }

  @Test
  void aServerThatComesBackGetsWhatItMissedWhileTheRunTrains() throws Exception {
    RunTracker.Following following = tracker().follow(folder);
    log("{\"step\":1,\"loss\":3.0}");
    until(() -> server.metrics().size() == 1);
    server.become(FakeMlflow.Mood.BROKEN);
    log("{\"step\":2,\"loss\":2.0}");
    until(() -> following.problem() != null);
    log("{\"step\":3,\"loss\":1.0}");
    server.become(FakeMlflow.Mood.WELL);
    until(() -> server.metrics().size() == 3);
    following.close();
    assertThat(server.metrics()).containsExactly("loss 1 3.0", "loss 2 2.0", "loss 3 1.0");
  }

  @Test
  void theEndWaitsNoLongerThanItSaysForAServerThatHangs() throws Exception {
    server.become(FakeMlflow.Mood.HANGING);
    MlflowFollower.Pace short0 =
        new MlflowFollower.Pace(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(50));
    RunTracker.Following following =
        new MlflowTracker(environment, short0, Duration.ofHours(1)).follow(folder);
    until(() -> server.calls() > 0);
    following.close();
    assertThat(following.problem()).contains("ended before all was sent");
  }

  @Test
  void aLongLogIsSentInPartsThatTheServerTakes() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int step = 1; step <= 3000; step++) {
      lines.add("{\"step\":%d,\"loss\":1.0,\"grad_norm\":2.0}".formatted(step));
    }
    log(lines.toArray(String[]::new));
    assertThat(tracker().send(folder, LONG).problem()).isNull();
    assertThat(server.metrics()).hasSize(6000).doesNotHaveDuplicates();
    assertThat(server.largest()).isBetween(900, 1000);
  }

  @Test
  void halfALineWaitsForItsEndAndABrokenOneIsPassedOver() throws Exception {
    log("{\"step\":1,\"loss\":3.0}", "{\"step\":2,\"lo", "not JSON");
    Files.writeString(
        folder.resolve("metrics.jsonl"), "{\"step\":3,\"loss\"", StandardOpenOption.APPEND);
    RunTracker.Following following = tracker().follow(folder);
    until(() -> server.metrics().size() == 1);
    Files.writeString(folder.resolve("metrics.jsonl"), ":1.0}\n", StandardOpenOption.APPEND);
    following.close();
    assertThat(server.metrics()).containsExactly("loss 1 3.0", "loss 3 1.0");
  }

  @Test
  void aRunOfTheEnvironmentIsGoneOnWith() throws Exception {
    environment.put("MLFLOW_RUN_ID", "r1");
    log("{\"step\":1,\"loss\":3.0}");
    tracker().follow(folder).close();
    assertThat(server.runs()).isZero();
    assertThat(server.statuses()).contains("RUNNING");
    assertThat(server.metrics()).containsExactly("loss 1 3.0");
  }

  @Test
  void aRunThatWasDeletedThereIsSentAnewFromItsBeginning() throws Exception {
    log("{\"step\":1,\"loss\":3.0}");
    tracker().follow(folder).close();
    server.forget();
    log("{\"step\":2,\"loss\":2.0}");
    assertThat(tracker().send(folder, LONG).problem()).isNull();
    assertThat(server.runs()).isEqualTo(2);
    assertThat(server.metrics()).containsExactly("loss 1 3.0", "loss 1 3.0", "loss 2 2.0");
  }

  @Test
  void aPasswordGoesToTheServerAndIntoNoFileOrMessage() throws Exception {
    environment.put(
        "MLFLOW_TRACKING_URI", server.address().replace("http://", "http://me:hunter2@"));
    log("{\"step\":1,\"loss\":3.0}");
    RunTracker.Sent sent = tracker().send(folder, LONG);
    assertThat(server.authorization()).isEqualTo("Basic bWU6aHVudGVyMg==");
    assertThat(sent.where()).doesNotContain("hunter2");
    assertThat(Files.readString(folder.resolve(".mlflow.json"))).doesNotContain("hunter2");
    server.become(FakeMlflow.Mood.BROKEN);
    log("{\"step\":2,\"loss\":3.0}");
    assertThat(tracker().send(folder, LONG).problem()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                  | MLFLOW_TRACKING_URI is not set",
        "file:///tmp/mlruns  | MLFLOW_TRACKING_URI names no server",
        "sqlite:///a.db      | MLFLOW_TRACKING_URI names no server",
        "databricks          | MLFLOW_TRACKING_URI names no server",
        "ftp://host/x        | one of the kind ftp",
        "http://bad host     | MLFLOW_TRACKING_URI is no address",
      })
  void whatIsNoTrackingServerIsRefused(String uri, String said) {
    environment.put("MLFLOW_TRACKING_URI", uri);
    assertThat(tracker().fault()).contains(said);
  }

  @Test
  void tagsThatAreNoObjectAreRefusedAndTheSwitchOfTransformersIsKnown() {
    environment.put("MLFLOW_TAGS", "[1]");
    assertThat(tracker().fault()).contains("MLFLOW_TAGS is no JSON object");
    environment.remove("MLFLOW_TAGS");
    assertThat(tracker().fault()).isNull();
    environment.put("DISABLE_MLFLOW_INTEGRATION", "TRUE");
    assertThat(tracker().fault()).contains("DISABLE_MLFLOW_INTEGRATION");
  }
}
