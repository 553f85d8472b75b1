/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.report.run.RunFollower.News;
import dev.dpo4j.report.run.RunFollower.Point;
import dev.dpo4j.report.run.RunFollower.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFollowerTest {
  private static final String START =
      "{\"event\": \"start\", \"time\": \"2026-01-05T08:00:00Z\", \"step\": %d, \"max_steps\": 100, \"changed\": {}}\n";
  private static final String SPEED =
      "{\"event\": \"speed\", \"step\": %d, \"tokens_per_second\": %d}\n";

  @TempDir private Path run;
  private RunFollower follower;

  @BeforeEach
  void follow() {
    follower = new RunFollower(run);
  }

  private void add(String file, String text) throws IOException {
    Files.writeString(
        run.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void metrics(String text) throws IOException {
    add("metrics.jsonl", text);
  }

  private double[] loss() {
    return follower.read().run().curves().get("loss").values();
  }

  @Test
  void aFolderThatIsStillEmptyIsARunOfUnknownState() {
    RunRecord record = follower.read().run();
    assertThat(record.state()).isEqualTo(RunState.UNKNOWN);
    assertThat(record.curves()).isEmpty();
    assertThat(record.notes()).isEmpty();
  }

  @Test
  void onlyTheNewPointsAreTold() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.7}\n");
    Position first = follower.read().position();
    metrics("{\"step\": 2, \"loss\": \"NaN\", \"kl\": 3}\n{\"step\": 3, \"loss\": 0.5}\n");
    News news = follower.newsSince(first);
    assertThat(news.points().orElseThrow())
        .containsExactly(
            new Point("loss", 2, Double.NaN), new Point("kl", 2, 3), new Point("loss", 3, 0.5));
    assertThat(follower.newsSince(news.position()).points().orElseThrow()).isEmpty();
    assertThat(loss()).containsExactly(0.7, Double.NaN, 0.5);
  }

  @Test
  void aLineIsTakenWhenItsEndIsThere() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.7}\n{\"step\": 2, \"lo");
    assertThat(loss()).containsExactly(0.7);
    metrics("ss\": 0.6}");
    assertThat(loss()).containsExactly(0.7);
    metrics("\n");
    assertThat(loss()).containsExactly(0.7, 0.6);
  }

  @Test
  void brokenLinesAreCountedAndLeftOut() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.7}\nnonsense\n[1]\n{\"step\": 2, \"loss\": 0.6}\n");
    assertThat(loss()).containsExactly(0.7, 0.6);
    assertThat(follower.read().run().notes())
        .contains("2 lines of metrics.jsonl are not whole and are left out");
  }

  @Test
  void aLogThatBeginsAnewIsReadAnewEvenIfItIsLonger() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.7}\n{\"step\": 2, \"loss\": 0.6}\n");
    Position before = follower.read().position();
    Files.delete(run.resolve("metrics.jsonl"));
    metrics(
        "{\"step\": 1, \"loss\": 0.9}\n{\"step\": 2, \"loss\": 0.8}\n{\"step\": 3, \"loss\": 0.7}\n");
    assertThat(follower.newsSince(before).points()).isEmpty();
    assertThat(loss()).containsExactly(0.9, 0.8, 0.7);
  }

  @Test
  void aRunThatGoesOnFromACheckpointTakesItsSpeedBack() throws IOException {
    add("events.jsonl", START.formatted(0));
    for (int step = 1; step <= 5; step++) {
      add("events.jsonl", SPEED.formatted(step, 100 + step));
    }
    Position before = follower.read().position();
    add("events.jsonl", START.formatted(3) + SPEED.formatted(4, 900));
    assertThat(follower.newsSince(before).points()).isEmpty();
    assertThat(follower.read().run().curves().get("tokens_per_second").values())
        .containsExactly(101, 102, 103, 900);
  }

  @Test
  void onlySpeedIsNoNewFact() throws IOException {
    add("events.jsonl", START.formatted(0));
    Position start = follower.read().position();
    add("events.jsonl", SPEED.formatted(1, 100));
    Position speed = follower.read().position();
    assertThat(speed.facts()).isEqualTo(start.facts());
    add("events.jsonl", "{\"event\": \"warning\", \"name\": \"x\", \"message\": \"y\"}\n");
    assertThat(follower.read().position().facts()).isGreaterThan(speed.facts());
    assertThat(follower.read().run().events().warnings()).containsExactly(new Warning("x", "y"));
  }

  @Test
  void theStateFollowsTheLock() throws IOException {
    add("events.jsonl", START.formatted(0));
    Position dead = follower.read().position();
    assertThat(follower.read().run().state()).isEqualTo(RunState.KILLED);
    try (OwnerLock lock = OwnerLock.ofFolder(run)) {
      assertThat(lock).isNotNull();
      assertThat(follower.read().run().state()).isEqualTo(RunState.RUNNING);
      assertThat(follower.read().position().facts()).isGreaterThan(dead.facts());
    }
    assertThat(follower.read().run().state()).isEqualTo(RunState.KILLED);
    add("events.jsonl", "{\"event\": \"end\", \"status\": \"finished\"}\n");
    assertThat(follower.read().run().state()).isEqualTo(RunState.FINISHED);
  }

  @Test
  void samplesOfAResumedRunReplaceTheOldOnes() throws IOException {
    add(
        "completions.jsonl",
        "{\"step\": 4, \"prompt\": \"p\", \"reference\": \"a\", \"policy\": \"b\"}\n");
    assertThat(follower.read().run().samples()).containsExactly(new Sample(4, "p", "a", "b"));
    Files.delete(run.resolve("completions.jsonl"));
    add(
        "completions.jsonl",
        "{\"step\": 2, \"prompt\": \"p\", \"reference\": \"a\", \"policy\": \"c\"}\n");
    assertThat(follower.read().run().samples()).containsExactly(new Sample(2, "p", "a", "c"));
  }

  @Test
  void theLogOfAnotherToolIsRead() throws IOException {
    add("trainer_state.json", "{\"log_history\": [{\"step\": 1, \"loss\": 0.7}]}");
    assertThat(loss()).containsExactly(0.7);
  }

  @Test
  void itReadsWhatAReportReads() throws IOException {
    for (int step = 1; step <= 3000; step++) {
      metrics("{\"step\": %d, \"loss\": %s}\n".formatted(step, Math.sin(step)));
      if (step % 700 == 0) {
        follower.read();
      }
    }
    Curve whole = RunReader.read(run).curves().get("loss");
    Curve followed = follower.read().run().curves().get("loss");
    assertThat(followed.steps()).isEqualTo(whole.steps());
    assertThat(followed.values()).isEqualTo(whole.values());
    assertThat(followed.stats()).isEqualTo(whole.stats());
  }

  @Test
  void aGlanceReadsTheEndsOfALongLog() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int step = 1; step <= 20_000; step++) {
      text.append("{\"step\": ").append(step).append(", \"loss\": ").append(step).append("}\n");
    }
    metrics(text.toString());
    RunRecord glance = RunReader.glance(run);
    assertThat(glance.metrics().lastStep()).isEqualTo(20_000);
    Curve curve = glance.curves().get("loss");
    assertThat(curve.values()[0]).isEqualTo(1);
    assertThat(curve.stats().last()).isEqualTo(20_000);
    // Two ends of 64 KiB in lines of at least 23 characters.
    assertThat(curve.stats().points()).isLessThan(2 * 65_536 / 23);
  }
}
