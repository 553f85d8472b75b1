/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {
  @TempDir Path folder;
  private FakeRepos repos;
  private TestClient hub;
  private Path cache;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    cache = folder.resolve("cache");
    hub = TestClient.of(repos, cache);
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  static void assertHolds(Path snapshot, Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      assertThat(snapshot.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
    try (Stream<Path> walk = Files.walk(snapshot)) {
      assertThat(walk.filter(Files::isRegularFile).count()).isEqualTo(files.size());
    }
  }

  @Test
  void aSnapshotHasTheLayoutOfHuggingfaceHub() throws IOException {
    Map<String, byte[]> files = TestClient.files(1);
    String commit = repos.model(TestClient.ID).commit("main", files);
    Path snapshot = hub.snapshot();
    Path repo = cache.resolve("models--org--tiny");
    assertThat(snapshot).isEqualTo(repo.resolve("snapshots").resolve(commit));
    assertHolds(snapshot, files);
    assertThat(repo.resolve("refs/main")).hasContent(commit);
    assertThat(cache.resolve("CACHEDIR.TAG"))
        .content()
        .startsWith("Signature: 8a477f597d28d172789f06886806bc55\n");
    String sha256 = FakeRepos.sha256(files.get("model.safetensors"));
    assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", sha256));
    assertThat(Files.readSymbolicLink(snapshot.resolve("sub/folder/a b+c%.txt")))
        .isEqualTo(
            Path.of("../../../../blobs", FakeRepos.gitSha1(TestClient.bytes("in a folder"))));
    assertThat(repo.resolve("trees/" + commit + ".json"))
        .content()
        .contains("\"format_version\":1", "\"lfs_sha256\":\"" + sha256 + "\"");
    try (Stream<Path> blobs = Files.list(repo.resolve("blobs"))) {
      assertThat(blobs.map(blob -> blob.getFileName().toString()))
          .hasSize(files.size())
          .noneMatch(name -> name.contains("incomplete"));
    }
  }

  @Test
  void whatIsThereIsNotFetchedAgain() {
    String commit = repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path first = hub.snapshot();
    repos.hub().forget();
    repos.store().forget();
    assertThat(hub.snapshot()).isEqualTo(first);
    assertThat(repos.hub().requests()).hasSize(1);
    assertThat(hub.client.snapshot(TestClient.name().at(commit), FileFilter.ALL, hub.listener))
        .isEqualTo(first);
    assertThat(repos.hub().requests()).as("a commit needs no request at all").hasSize(1);
    assertThat(repos.store().requests()).isEmpty();
  }

  @Test
  void aNewCommitFetchesOnlyWhatHasChanged() throws IOException {
    FakeRepos.Repo repo = repos.model(TestClient.ID);
    repo.commit("main", TestClient.files(1));
    Path old = hub.snapshot();
    Map<String, byte[]> files = new java.util.HashMap<>(TestClient.files(1));
    files.put("config.json", TestClient.bytes("{}"));
    String commit = repo.commit("main", files);
    repos.store().forget();
    Path snapshot = hub.snapshot();
    assertThat(snapshot).isNotEqualTo(old);
    assertHolds(snapshot, files);
    assertHolds(old, TestClient.files(1));
    assertThat(repos.store().requests()).as("the weights are the same").isEmpty();
    assertThat(cache.resolve("models--org--tiny/refs/main")).hasContent(commit);
  }

  @Test
  void branchesAndTagsHaveTheirOwnRefs() {
    FakeRepos.Repo repo = repos.model(TestClient.ID);
    repo.commit("main", TestClient.files(1));
    String commit = repo.commit("v2", TestClient.files(2));
    Path snapshot = hub.client.snapshot(TestClient.name().at("v2"), FileFilter.ALL, hub.listener);
    assertThat(snapshot).endsWith(Path.of(commit));
    assertThat(cache.resolve("models--org--tiny/refs/v2")).hasContent(commit);
    assertThat(cache.resolve("models--org--tiny/refs/main")).doesNotExist();
  }

  @Test
  void patternsChooseFilesAndNothingIsAnError() throws IOException {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path snapshot =
        hub.client.snapshot(
            TestClient.name(),
            new FileFilter(List.of("*.json", "*.txt"), List.of("empty*")),
            hub.listener);
    assertHolds(
        snapshot,
        Map.of(
            "config.json", TestClient.bytes("{\"seed\": 1}"),
            "sub/folder/a b+c%.txt", TestClient.bytes("in a folder")));
    FileFilter none = new FileFilter(List.of("*.gguf"), List.of());
    assertThatThrownBy(() -> hub.client.snapshot(TestClient.name(), none, hub.listener))
        .hasMessageContaining("*.gguf")
        .hasMessageContaining("model.safetensors");
  }

  @Test
  void oneFileIsFetchedAndOneThatIsNotThereIsNoted() throws IOException {
    String commit = repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path file = hub.client.file(TestClient.name(), "model.safetensors", hub.listener);
    assertThat(file).hasBinaryContent(TestClient.files(1).get("model.safetensors"));
    assertThatThrownBy(
            () -> hub.client.file(TestClient.name(), "chat_template.jinja", hub.listener))
        .hasMessageContaining("org/tiny has no file chat_template.jinja");
    assertThat(cache.resolve("models--org--tiny/.no_exist/" + commit + "/chat_template.jinja"))
        .exists();
  }

  @Test
  void withoutSymbolicLinksASnapshotHoldsTheFilesThemselves() throws IOException {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    TestClient plain = new TestClient(repos.hub(), cache, Map.of("HF_HUB_DISABLE_SYMLINKS", "1"));
    Path snapshot = plain.snapshot();
    assertHolds(snapshot, TestClient.files(1));
    assertThat(snapshot.resolve("model.safetensors"))
        .satisfies(f -> assertThat(Files.isSymbolicLink(f)).isFalse());
    repos.hub().forget();
    plain.snapshot();
    assertThat(repos.hub().requests()).hasSize(1);
  }

  @Test
  void severalAtOnceFetchEachFileOnce() throws Exception {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    repos.store().fail("GET", "/stored/", 1, FakeHub.Fault.silentAfter(100_000, 300));
    var pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Path>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(() -> TestClient.of(repos, cache).snapshot());
      }
      for (Future<Path> done : pool.invokeAll(tasks)) {
        assertHolds(done.get(), TestClient.files(1));
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(repos.store().requests()).as("one that broke off, one that went on").hasSize(2);
  }

  @Test
  void progressAddsUpToTheSizeOfTheFiles() {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    repos.store().fail("GET", "/stored/", 1, FakeHub.Fault.cutAt(100_000));
    AtomicLong at = new AtomicLong();
    AtomicLong total = new AtomicLong();
    List<String> done = new ArrayList<>();
    hub.client.snapshot(
        TestClient.name(),
        FileFilter.ALL,
        new HubListener() {
          @Override
          public void begins(String what, int files, long bytes, long present) {
            total.set(bytes);
            at.set(present);
          }

          @Override
          public void advances(long bytes) {
            at.addAndGet(bytes);
          }

          @Override
          public void fileDone(String path) {
            done.add(path);
          }
        });
    assertThat(total)
        .hasValue(TestClient.files(1).values().stream().mapToLong(b -> b.length).sum());
    assertThat(at.get()).isEqualTo(total.get());
    assertThat(done).containsExactlyInAnyOrderElementsOf(TestClient.files(1).keySet());
  }

  @Test
  void theCacheIsListedWithWhatIsMissing() throws IOException {
    String commit = repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path snapshot = hub.snapshot();
    Files.delete(snapshot.resolve("config.json"));
    Files.createDirectories(cache.resolve("spaces--x--y/snapshots"));
    Files.createFile(cache.resolve("models--org--tiny/snapshots/.DS_Store"));
    Files.createSymbolicLink(cache.resolve("models--org--tiny/blobs/gone"), Path.of("nowhere"));
    assertThat(hub.client.cached())
        .singleElement()
        .satisfies(
            repo -> {
              assertThat(repo.id()).isEqualTo(TestClient.ID);
              assertThat(repo.bytes()).isGreaterThan(300_000);
              assertThat(repo.revisions())
                  .containsExactly(
                      new CachedRepo.Revision(commit, List.of("main"), 4, 1, snapshot));
            });
  }
}
