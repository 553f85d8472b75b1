/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.hub.FakeHub.Fault;
import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfflineTest {
  @TempDir Path cache;
  private FakeRepos repos;
  private TestClient online;
  private TestClient offline;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    online = TestClient.of(repos, cache);
    offline = new TestClient(repos.hub(), cache, Map.of("HF_HUB_OFFLINE", "1"));
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  @Test
  void whatIsInTheCacheIsTakenWithoutAnyRequest() {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path snapshot = online.snapshot();
    repos.hub().forget();
    assertThat(offline.snapshot()).isEqualTo(snapshot);
    assertThat(offline.client.file(TestClient.name(), "config.json", HubListener.NONE))
        .isEqualTo(snapshot.resolve("config.json"));
    assertThat(offline.client.files(TestClient.name(), HubListener.NONE)).hasSize(5);
    assertThat(repos.hub().requests()).isEmpty();
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path snapshot = online.snapshot();
    Files.delete(snapshot.resolve("model.safetensors"));
    Files.delete(snapshot.resolve("config.json"));
    HubException failure = catchThrowableOfType(HubException.class, offline::snapshot);
    assertThat(failure.reason()).isEqualTo(HubException.Reason.OFFLINE);
    assertThat(failure)
        .hasMessageContaining("lacks 2 of the wanted files of org/tiny")
        .hasMessageContaining("config.json, model.safetensors")
        .hasMessageContaining("HF_HUB_OFFLINE");
    FileFilter rest = new FileFilter(List.of("*.md"), List.of());
    assertThat(offline.client.snapshot(TestClient.name(), rest, HubListener.NONE))
        .isEqualTo(snapshot);
  }

  @Test
  void aFirstDownloadThatBrokeOffNamesWhatIsMissing() {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    repos.store().fail("GET", "/stored/", 99, Fault.cutAt(0));
    assertThatThrownBy(online::snapshot).isInstanceOf(HubException.class);
    assertThatThrownBy(offline::snapshot).hasMessageContaining("model.safetensors");
  }

  @Test
  void anUpdateThatBrokeOffLeavesTheOlderSnapshotInItsPlace() throws IOException {
    FakeRepos.Repo repo = repos.model(TestClient.ID);
    repo.commit("main", TestClient.files(1));
    Path old = online.snapshot();
    repo.commit("main", TestClient.files(2));
    repos.store().fail("GET", "/stored/", 99, Fault.cutAt(0));
    assertThatThrownBy(online::snapshot).isInstanceOf(HubException.class);
    assertThat(offline.snapshot()).isEqualTo(old);
    DownloadTest.assertHolds(old, TestClient.files(1));
  }

  @Test
  void whatWasNeverThereIsSaidWithTheCommandThatBringsIt() {
    assertThatThrownBy(offline::snapshot)
        .hasMessageContaining("org/tiny is not in the cache " + cache)
        .hasMessageContaining("dpo4j hub download org/tiny");
    HubName data = HubName.parse(RepoType.DATASET, "org/rows");
    assertThatThrownBy(() -> offline.client.snapshot(data, FileFilter.ALL, HubListener.NONE))
        .hasMessageContaining("dpo4j hub download org/rows --repo_type dataset");
  }

  @Test
  void aHubThatFailsIsReplacedByTheCacheAndThisIsSaid() {
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
    Path snapshot = online.snapshot();
    repos.hub().fail("GET", "/revision/", 99, Fault.reply(Reply.of(502, "")));
    assertThat(online.snapshot()).isEqualTo(snapshot);
    assertThat(online.notices).anyMatch(text -> text.contains("from the cache as it is"));
    repos.close();
    assertThat(online.snapshot()).isEqualTo(snapshot);
  }

  @Test
  void nothingIsUploaded() {
    assertThatThrownBy(() -> offline.client.upload(RepoType.MODEL, "a/b", false, HubListener.NONE))
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(repos.hub().requests()).isEmpty();
  }
}
