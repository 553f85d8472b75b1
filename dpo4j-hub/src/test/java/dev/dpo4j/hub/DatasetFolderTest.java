/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetFolderTest {
  private static final HubName NAME = HubName.parse(RepoType.DATASET, "org/pairs");

  @TempDir Path cache;
  private FakeRepos repos;
  private TestClient hub;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    hub = TestClient.of(repos, cache);
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private DatasetFolder download(boolean copy, @Nullable String config, String split) {
    return DatasetFolder.download(hub.client, NAME, copy, config, split, hub.listener);
  }

  private static byte[] file(int number) {
    return TestClient.random(number, 1000);
  }

  private void converted() {
    repos
        .dataset("org/pairs")
        .commit(
            "refs/convert/parquet",
            Map.of(
                "default/train_prefs/0000.parquet", file(1),
                "default/train_prefs/0001.parquet", file(2),
                "default/test_prefs/0000.parquet", file(3),
                "other/train/0000.parquet", file(4)));
  }

  private static Stream<String> files(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  @Test
  void aSplitOfTheCopyAsParquetIsFetchedAlone() throws IOException {
    converted();
    DatasetFolder folder = download(true, null, "train_prefs");
    assertThat(folder.exact()).isTrue();
    assertThat(files(folder.path())).containsExactly("0000.parquet", "0001.parquet");
    assertThat(folder.path().resolve("0001.parquet")).hasBinaryContent(file(2));
    assertThat(repos.store().requests()).hasSize(2);
    assertThat(cache.resolve("datasets--org--pairs/refs/refs/convert/parquet")).exists();
  }

  @Test
  void aConfigurationIsChosenByItsName() throws IOException {
    converted();
    assertThat(files(download(true, "other", "train").path())).containsExactly("0000.parquet");
    assertThatThrownBy(() -> download(true, "none", "train"))
        .hasMessageContaining("no configuration none: it has [default, other]");
    assertThatThrownBy(() -> download(true, null, "train"))
        .hasMessageContaining("no split \"train\": it has [test_prefs, train_prefs]");
    repos
        .dataset("org/pairs")
        .commit(
            "refs/convert/parquet",
            Map.of("a/train/0.parquet", file(1), "b/train/0.parquet", file(1)));
    assertThatThrownBy(() -> download(true, null, "train"))
        .hasMessageContaining("set dataset_config to one of [a, b]");
  }

  @Test
  void onlyAPartOfTheCopyIsSaidToBeOne() throws IOException {
    repos
        .dataset("org/pairs")
        .commit("refs/convert/parquet", Map.of("default/partial-train/0000.parquet", file(1)));
    assertThat(files(download(true, null, "train").path())).containsExactly("0000.parquet");
    assertThat(hub.notices).anyMatch(text -> text.contains("only the first part"));
  }

  @Test
  void withoutACopyOrWithARevisionTheFilesOfTheRepositoryAreTaken() throws IOException {
    Map<String, byte[]> files =
        Map.of(
            "train.jsonl", TestClient.bytes("{}"),
            "test.jsonl", TestClient.bytes("{}"),
            "README.md", TestClient.bytes("# rows"),
            "picture.png", TestClient.bytes("png"));
    repos.dataset("org/pairs").commit("main", files);
    DatasetFolder folder = download(true, null, "train");
    assertThat(folder.exact()).isFalse();
    assertThat(files(folder.path())).containsExactly("test.jsonl", "train.jsonl");
    assertThatThrownBy(() -> download(true, "x", "train")).hasMessageContaining("dataset_config");
    converted();
    assertThat(download(false, null, "train").exact()).isFalse();
  }

  @Test
  void theCopyIsFoundAgainWithoutANetwork() {
    converted();
    Path folder = download(true, null, "train_prefs").path();
    hub = new TestClient(repos.hub(), cache, Map.of("HF_HUB_OFFLINE", "1"));
    assertThat(download(true, null, "train_prefs").path()).isEqualTo(folder);
    assertThatThrownBy(() -> download(true, null, "test_prefs"))
        .hasMessageContaining("default/test_prefs/0000.parquet");
  }

  @Test
  void aDataSetThatIsNotThereIsSaid() {
    assertThatThrownBy(() -> download(true, null, "train"))
        .hasMessageContaining("there is no org/pairs on the Hub (a dataset was looked for)");
  }
}
