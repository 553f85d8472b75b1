/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.FakeRepos;
import dev.dpo4j.hub.HubClient;
import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.HubSettings;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One cache for Python's huggingface_hub and for us: each reads what the other has written. */
class HubCacheParityTest {
  private static final HubName MODEL = HubName.parse(RepoType.MODEL, "org/tiny");

  @TempDir private Path folder;
  private Path cache = Path.of("");
  private FakeRepos repos;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    cache = folder.resolve("cache");
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private HubClient client(String... more) {
    Map<String, String> environment = new HashMap<>();
    environment.put("HF_ENDPOINT", repos.hub().address());
    environment.put("HF_HUB_CACHE", cache.toString());
    for (int at = 0; at < more.length; at += 2) {
      environment.put(more[at], more[at + 1]);
    }
    return new HubClient(HubSettings.of(environment, folder));
  }

  private static Map<String, byte[]> files() {
    byte[] weights = new byte[500_000];
    new Random(1).nextBytes(weights);
    return Map.of(
        "config.json", "{}".getBytes(StandardCharsets.UTF_8),
        "empty.txt", new byte[0],
        "sub/ein Ort/ä+b.txt", "text".getBytes(StandardCharsets.UTF_8),
        "model.safetensors", weights,
        "tokenizer.json", "{ }".getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> hashes() {
    Map<String, String> hashes = new TreeMap<>();
    files().forEach((path, bytes) -> hashes.put(path, FakeRepos.sha256(bytes)));
    return hashes;
  }

  @Test
  void pythonReadsTheCacheThatWeWrote() throws Exception {
    String commit = repos.model("org/tiny").commit("main", files());
    HubClient client = client();
    Path snapshot = client.snapshot(MODEL, FileFilter.ALL, HubListener.NONE);
    assertThatThrownBy(() -> client.file(MODEL, "chat_template.jinja", HubListener.NONE))
        .isInstanceOf(HubException.class);
    List<String> arguments = List.of(cache.toString(), "org/tiny");
    JsonNode read = new JsonMapper().readTree(Peer.run(folder, "hub_reads.py", "", arguments));
    assertThat(Path.of(read.get("folder").asString())).isEqualTo(snapshot.toRealPath());
    Map<String, String> found = new TreeMap<>();
    read.get("files").properties().forEach(e -> found.put(e.getKey(), e.getValue().asString()));
    assertThat(found).isEqualTo(hashes());
    assertThat(read.get("warnings")).isEmpty();
    assertThat(read.get("repos")).hasSize(1);
    JsonNode repo = read.get("repos").get(0);
    assertThat(repo.get("id").asString()).isEqualTo("org/tiny");
    assertThat(repo.get("type").asString()).isEqualTo("model");
    assertThat(repo.get("refs").get(0).asString()).isEqualTo("main");
    assertThat(repo.get("commits").get(0).asString()).isEqualTo(commit);
    assertThat(read.get("config").asString()).endsWith(commit + "/config.json");
    assertThat(read.get("absent_is_known").asBoolean()).isTrue();
  }

  @Test
  void weReadTheCacheThatPythonWrote() throws Exception {
    repos.model("org/tiny").commit("main", files());
    Path snapshot = python("org/tiny", "model");
    HubClient offline = client("HF_HUB_OFFLINE", "1");
    Path found = offline.snapshot(MODEL, FileFilter.ALL, HubListener.NONE);
    assertThat(found.toRealPath()).isEqualTo(snapshot.toRealPath());
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      assertThat(found.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
    assertThat(offline.files(MODEL, HubListener.NONE)).hasSize(files().size());
    assertThat(offline.cached())
        .singleElement()
        .extracting(CachedRepo::id, repo -> repo.revisions().get(0).missing())
        .containsExactly("org/tiny", 0);
    repos.store().forget();
    client().snapshot(MODEL, FileFilter.ALL, HubListener.NONE);
    assertThat(repos.store().requests()).as("nothing is fetched again").isEmpty();
  }

  @Test
  void pythonTakesOverWhatWeBeganAndWeWhatPythonBegan() throws Exception {
    repos
        .dataset("org/rows")
        .commit("main", Map.of("train.jsonl", "1".getBytes(StandardCharsets.UTF_8)));
    HubName rows = HubName.parse(RepoType.DATASET, "org/rows");
    Path ours = client().snapshot(rows, FileFilter.ALL, HubListener.NONE);
    repos
        .dataset("org/rows")
        .commit("main", Map.of("train.jsonl", "22".getBytes(StandardCharsets.UTF_8)));
    Path theirs = python("org/rows", "dataset");
    assertThat(theirs).isNotEqualTo(ours.toRealPath());
    assertThat(theirs.resolve("train.jsonl")).hasContent("22");
    assertThat(client().snapshot(rows, FileFilter.ALL, HubListener.NONE).toRealPath())
        .isEqualTo(theirs.toRealPath());
    assertThat(Files.readString(ours.resolve("train.jsonl"))).isEqualTo("1");
  }

  private Path python(String id, String type) throws Exception {
    List<String> arguments = List.of(repos.hub().address(), cache.toString(), id, type);
    return Path.of(Peer.run(folder, "hub_writes.py", "", arguments).strip());
  }
}
