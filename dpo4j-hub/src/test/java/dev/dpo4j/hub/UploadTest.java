/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.FakeHub.Fault;
import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class UploadTest {
  @TempDir Path folder;
  private Path model;
  private byte[] weights = new byte[0];
  private FakeRepos repos;
  private TestClient hub;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    hub = client("hf_right");
    weights = TestClient.random(3, 250_000);
    model = Files.createDirectories(folder.resolve("model"));
    Files.write(model.resolve("model.safetensors"), weights);
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("empty.bin"), "");
    Files.writeString(model.resolve(".hidden"), "x");
    Files.writeString(model.resolve("ignored.txt"), "x");
    Files.createDirectories(model.resolve("checkpoint-2"));
    Files.writeString(model.resolve("checkpoint-2/config.json"), "old");
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private TestClient client(String token) {
    return new TestClient(repos.hub(), folder.resolve("cache"), Map.of("HF_TOKEN", token));
  }

  private String push(String id) {
    return hub.client
        .upload(RepoType.MODEL, id, false, hub.listener)
        .push(
            model,
            new FileFilter(List.of(), List.of("checkpoint-*/*")),
            "main",
            "End of \"training\"");
  }

  @Test
  void aFolderBecomesOneCommitWithLargeFilesInTheStore() {
    assertThat(push("org/new")).isEqualTo("https://hub/x/commit/1");
    String sha256 = FakeRepos.sha256(weights);
    assertThat(repos.uploads().put).hasSize(1).containsEntry("/upload/" + sha256, weights);
    List<JsonNode> lines = repos.uploads().lines;
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0).path("key").asString()).isEqualTo("header");
    assertThat(lines.get(0).path("value").path("summary").asString())
        .isEqualTo("End of \"training\"");
    assertThat(lines.get(1).path("value").path("path").asString()).isEqualTo("config.json");
    assertThat(Base64.getDecoder().decode(lines.get(1).path("value").path("content").asString()))
        .asString()
        .isEqualTo("{}");
    assertThat(lines.get(2).path("key").asString())
        .as("the store takes no empty file")
        .isEqualTo("file");
    assertThat(lines.get(3).path("key").asString()).isEqualTo("lfsFile");
    assertThat(lines.get(3).path("value").path("oid").asString()).isEqualTo(sha256);
    assertThat(lines.get(3).path("value").path("size").asLong()).isEqualTo(weights.length);
    assertThat(repos.hub().requests("POST", "/verify/" + sha256))
        .as("an address of the public Hub is asked at this one")
        .hasSize(1);
  }

  @Test
  void aLargeFileGoesInPartsWhereTheHubWantsThem() {
    repos.uploads().chunk = 100_000;
    push("org/new");
    String at = "/upload/" + FakeRepos.sha256(weights) + "/";
    assertThat(repos.uploads().put)
        .containsOnlyKeys(at + 1, at + 2, at + 3)
        .containsEntry(at + 3, Arrays.copyOfRange(weights, 200_000, 250_000));
    assertThat(repos.hub().requests("POST", "/complete/"))
        .singleElement()
        .satisfies(
            request ->
                assertThat(request.text())
                    .contains("\"partNumber\":3", "etag-of-3", FakeRepos.sha256(weights)));
  }

  @Test
  void whatTheHubHasIsNotSent() throws IOException {
    repos.uploads().known.add(FakeRepos.sha256(weights));
    repos.uploads().remote.put("config.json", FakeRepos.gitSha1(TestClient.bytes("{}")));
    push("org/new");
    assertThat(repos.uploads().put).isEmpty();
    assertThat(repos.uploads().lines)
        .extracting(line -> line.path("value").path("path").asString(""))
        .containsExactly("", "empty.bin", "model.safetensors");
    repos.uploads().lines.clear();
    repos.uploads().remote.put("model.safetensors", FakeRepos.sha256(weights));
    Files.delete(model.resolve("empty.bin"));
    assertThat(push("org/new")).isEqualTo(repos.hub().address() + "/org/new");
    assertThat(repos.uploads().lines).isEmpty();
    assertThat(hub.notices).anyMatch(text -> text.contains("no new commit"));
  }

  @Test
  void theTokenStaysAtTheHubAndIsNotShown() {
    push("org/new");
    assertThat(repos.hub().requests())
        .allMatch(request -> request.header("authorization").equals("Bearer hf_right"));
    assertThat(repos.store().requests())
        .isNotEmpty()
        .allMatch(request -> request.header("authorization").isEmpty());
  }

  @Test
  void anUploadIsTriedAgainButACommitIsNot() {
    repos.store().fail("PUT", "/upload/", 2, Fault.reply(Reply.of(500, "")));
    push("org/new");
    assertThat(repos.store().requests("PUT", "/upload/")).hasSize(3);
    assertThat(repos.uploads().put.values()).containsExactly(weights);
    repos.hub().forget();
    repos.hub().fail("POST", "/commit/", 1, Fault.reply(Reply.of(502, "")));
    assertThatThrownBy(() -> push("org/new")).hasMessageContaining("502");
    assertThat(repos.hub().requests("POST", "/commit/")).hasSize(1);
  }

  @Test
  void aNameAloneIsOneOfTheTokensAccount() {
    HubUpload upload = hub.client.upload(RepoType.DATASET, "rows", false, hub.listener);
    assertThat(upload.name()).hasToString("ada/rows");
    assertThat(repos.hub().requests("POST", "/api/repos/create"))
        .singleElement()
        .satisfies(
            request ->
                assertThat(request.text())
                    .contains("\"type\":\"dataset\"", "\"organization\":\"ada\""));
  }

  @Test
  void aPublicRepositoryIsNotTakenForAPrivateOne() {
    repos.model("org/open").commit("main", Map.of());
    assertThatThrownBy(() -> hub.client.upload(RepoType.MODEL, "org/open", true, hub.listener))
        .hasMessageContaining("org/open was asked to be private, but is public");
    hub.client.upload(RepoType.MODEL, "org/secret", true, hub.listener);
    assertThat(repos.model("org/secret").hidden).isTrue();
  }

  @Test
  void withoutARightTokenNothingIsSent() {
    TestClient wrong = client("hf_wrong");
    for (String id : new String[] {"org/new", "new"}) {
      assertThatThrownBy(() -> wrong.client.upload(RepoType.MODEL, id, false, wrong.listener))
          .hasMessageContaining("does not accept the given token")
          .hasMessageNotContaining("hf_wrong");
    }
    TestClient nobody = new TestClient(repos.hub(), folder.resolve("cache"), Map.of());
    repos.hub().forget();
    assertThatThrownBy(
            () -> nobody.client.upload(RepoType.MODEL, "org/new", false, nobody.listener))
        .hasMessageContaining("HF_TOKEN");
    assertThat(repos.hub().requests()).isEmpty();
  }

  @Test
  void aRefusedFileIsNamedWithTheReason() {
    repos
        .hub()
        .fail(
            "POST",
            "objects/batch",
            1,
            Fault.reply(
                Reply.of(
                    200,
                    "{\"objects\":[{\"oid\":\"%s\",\"size\":1,\"error\":{\"code\":422,\"message\":\"too large\"}}]}"
                        .formatted(FakeRepos.sha256(weights)))));
    assertThatThrownBy(() -> push("org/new"))
        .hasMessageContaining("model.safetensors was not uploaded to org/new: too large");
  }
}
