/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.FakeHub.Fault;
import dev.dpo4j.hub.cache.BlobDownload;
import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.repo.HubException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads that are cut or killed at any byte and taken up by another process. */
class ResumeTest {
  @TempDir Path cache;

  /** Cuts at random bytes, each followed by a client that knows of nothing but the cache. */
  @RepeatedTest(20)
  void aDownloadCutAtRandomBytesEndsWithTheRightFile() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (FakeRepos repos = new FakeRepos()) {
      Map<String, byte[]> files = Map.of("model.safetensors", TestClient.random(seed, 200_000));
      repos.model(TestClient.ID).commit("main", files);
      long most = 0;
      for (int cut = 0; cut < 3; cut++) {
        int more = random.nextInt(60_000);
        repos.store().fail("GET", "/stored/", 1, Fault.cutAt(more));
        repos.store().fail("GET", "/stored/", 10 * Call.TRIES, Fault.cutAt(0));
        assertThatThrownBy(() -> TestClient.of(repos, cache).snapshot())
            .as("seed %d", seed)
            .isInstanceOf(HubException.class);
        repos.store().relent();
        most += more;
        byte[] left =
            Files.exists(partial(files)) ? Files.readAllBytes(partial(files)) : new byte[0];
        assertThat(left.length).as("seed %d", seed).isLessThanOrEqualTo((int) most);
        assertThat(files.get("model.safetensors")).as("seed %d", seed).startsWith(left);
      }
      long left = Files.exists(partial(files)) ? Files.size(partial(files)) : 0;
      repos.store().forget();
      Path snapshot = TestClient.of(repos, cache).snapshot();
      assertThat(snapshot.resolve("model.safetensors"))
          .as("seed %d", seed)
          .hasBinaryContent(files.get("model.safetensors"));
      assertThat(repos.store().requests())
          .as("seed %d", seed)
          .extracting(FakeHub.Request::from)
          .containsExactly(left);
    }
  }

  private Path partial(Map<String, byte[]> files) {
    String sha256 = FakeRepos.sha256(files.get("model.safetensors"));
    return BlobDownload.partial(cache.resolve("models--org--tiny/blobs").resolve(sha256));
  }

  @Test
  void aProcessKilledInTheMiddleOfAFileIsTakenUpAtThatByte() throws Exception {
    try (FakeRepos repos = new FakeRepos()) {
      Map<String, byte[]> files = Map.of("model.safetensors", TestClient.random(5, 3_000_000));
      repos.model(TestClient.ID).commit("main", files);
      repos.store().fail("GET", "/stored/", 1, Fault.silentAfter(1_234_567, 60_000));
      Process child = start(repos);
      try {
        await(child, partial(files), 1_234_567);
        child.destroyForcibly();
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as("killed by SIGKILL").isEqualTo(128 + 9);
      } finally {
        child.destroyForcibly();
      }
      Path snapshots = cache.resolve("models--org--tiny/snapshots");
      try (var walk = Files.walk(snapshots)) {
        assertThat(walk.filter(file -> !Files.isDirectory(file))).as("published").isEmpty();
      }
      repos.store().forget();
      Path snapshot = TestClient.of(repos, cache).snapshot();
      assertThat(snapshot.resolve("model.safetensors"))
          .hasBinaryContent(files.get("model.safetensors"));
      assertThat(repos.store().requests())
          .extracting(request -> request.header("range"))
          .containsExactly("bytes=1234567-");
      assertThat(partial(files)).doesNotExist();
    }
  }

  private Process start(FakeRepos repos) throws IOException {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String modules = System.getProperty("jdk.module.path", "");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String whole =
        String.join(
            File.pathSeparator,
            path,
            modules,
            Path.of("target", "classes").toAbsolutePath().toString(),
            Path.of("target", "test-classes").toAbsolutePath().toString());
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                java, "-XX:TieredStopAtLevel=1", "-cp", whole, DownloadProgram.class.getName()));
    builder.environment().put("HF_ENDPOINT", repos.hub().address());
    builder.environment().put("HF_HUB_CACHE", cache.toString());
    builder.environment().put("HF_HUB_DOWNLOAD_TIMEOUT", "60");
    builder.inheritIO();
    return builder.start();
  }

  private static void await(Process child, Path file, long size) throws Exception {
    while (!Files.exists(file) || Files.size(file) < size) {
      assertThat(child.isAlive()).as("the child still downloads").isTrue();
      Thread.sleep(20);
    }
  }
}
