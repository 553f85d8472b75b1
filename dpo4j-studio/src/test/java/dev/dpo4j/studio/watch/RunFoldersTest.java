/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.report.run.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RunFoldersTest {
  @TempDir private Path outer;

  private Path root() throws IOException {
    return Files.createDirectories(outer.resolve("runs"));
  }

  /** Each object looks at the disk when it is asked for the first time. */
  private RunFolders fresh() throws IOException {
    return new RunFolders(root());
  }

  @Test
  void runsAreFoundAtSomeDepthButNotInCheckpoints() throws IOException {
    MadeRuns.begin(root().resolve("one"), 3);
    MadeRuns.begin(root().resolve("sweep/trial 2 & 3"), 3);
    MadeRuns.begin(root().resolve("one/sft"), 3);
    MadeRuns.begin(root().resolve("one/checkpoint-3"), 3);
    MadeRuns.begin(root().resolve("one/other"), 3);
    MadeRuns.begin(root().resolve(".hidden"), 3);
    Files.createDirectories(root().resolve("empty"));
    assertThat(fresh().list())
        .extracting(RunLine::name)
        .containsExactlyInAnyOrder("one", "one/sft", "sweep/trial 2 & 3");
  }

  @Test
  void aSweepThatOwnsItsFolderIsNoRunButThoseBelowAre() throws IOException {
    Path sweep = Files.createDirectories(root().resolve("sweep"));
    try (OwnerLock owner = OwnerLock.ofFolder(sweep)) {
      assertThat(fresh().list()).extracting(RunLine::name).containsExactly("sweep");
      MadeRuns.begin(sweep.resolve("runs/beta=0.1_seed=42"), 3);
      assertThat(fresh().list())
          .extracting(RunLine::name)
          .containsExactly("sweep/runs/beta=0.1_seed=42");
    }
  }

  @Test
  void theFolderCanBeARunItself() throws IOException {
    MadeRuns.begin(root(), 3);
    assertThat(fresh().list()).extracting(RunLine::name).containsExactly(".");
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(outer.resolve("file"), "x");
    assertThatThrownBy(() -> new RunFolders(file)).isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void aNameThatWasNotFoundIsNoRun() throws IOException {
    MadeRuns.begin(outer.resolve("secret"), 3);
    MadeRuns.begin(root().resolve("one"), 3);
    RunFolders folders = fresh();
    for (String name :
        new String[] {"../secret", "one/../../secret", "/", "", "one/", "..", "\0"}) {
      assertThat(folders.follow(name)).as(name).isEmpty();
      assertThat(folders.line(name)).as(name).isEmpty();
      assertThat(folders.folder(name)).as(name).isEmpty();
    }
    assertThat(folders.follow("one")).isPresent();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making a link needs a privilege")
  void whatLiesBehindALinkThatLeadsOutIsNotShown() throws IOException {
    MadeRuns.begin(outer.resolve("secret"), 3);
    Files.createSymbolicLink(root().resolve("linked"), outer.resolve("secret"));
    Path file = Files.createDirectories(root().resolve("file"));
    Files.createSymbolicLink(file.resolve("metrics.jsonl"), outer.resolve("secret/metrics.jsonl"));
    Path loop = MadeRuns.begin(root().resolve("group/real"), 3);
    Files.createSymbolicLink(loop.resolve("sft"), root());
    assertThat(fresh().list()).extracting(RunLine::name).containsExactly("group/real");
  }

  @Test
  void whatRunsStandsFirst() throws IOException {
    Path old = MadeRuns.begin(root().resolve("a-running"), 3);
    MadeRuns.end(MadeRuns.begin(root().resolve("b-finished"), 3), "finished");
    try (OwnerLock lock = OwnerLock.ofFolder(old)) {
      assertThat(lock).isNotNull();
      assertThat(fresh().list())
          .extracting(RunLine::state)
          .containsExactly(RunState.RUNNING, RunState.FINISHED);
    }
    assertThat(fresh().list())
        .extracting(RunLine::state)
        .containsExactlyInAnyOrder(RunState.KILLED, RunState.FINISHED);
  }

  @Test
  void aHalfWrittenFolderIsShownAllTheSame() throws IOException {
    Path run = Files.createDirectories(root().resolve("half"));
    Files.writeString(run.resolve("metrics.jsonl"), "{\"step\": 1, \"loss\": 0.5}\n{\"st");
    Files.writeString(run.resolve("events.jsonl"), "\u0000\u0001 nonsense");
    Files.writeString(run.resolve("run.json"), "{\"facts\": ");
    RunLine line = fresh().list().get(0);
    assertThat(line.step()).isEqualTo(1);
    assertThat(line.last("loss")).isEqualTo(0.5);
    assertThat(fresh().follow("half").orElseThrow().read().run().notes())
        .anySatisfy(note -> assertThat(note).contains("run.json cannot be read"));
  }
}
