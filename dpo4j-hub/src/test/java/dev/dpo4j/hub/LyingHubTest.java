/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.hub.FakeHub.Fault;
import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.cache.BlobDownload;
import dev.dpo4j.hub.cache.ContentHash;
import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Hub that says something wrong once does no lasting harm, and none that never ends. */
@Timeout(120)
class LyingHubTest {
  private static final String OID = "a".repeat(40);
  private static final String ENTRY =
      "{\"type\":\"file\",\"path\":\"%s\",\"size\":%d,\"oid\":\"%s\"}";

  @TempDir Path cache;
  private FakeRepos repos;
  private TestClient hub;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    hub = TestClient.of(repos, cache);
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private HubException failure() {
    HubException failure = catchThrowableOfType(HubException.class, hub::snapshot);
    assertThat(failure).isNotNull();
    return failure;
  }

  private static Fault list(String entries) {
    return Fault.reply(Reply.of(200, "[" + entries + "]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"error\": \"overloaded\"}",
        "[{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":7,\"oid\":\"x\"}]",
        "[{\"type\":\"file\",\"path\":\"README.md\",\"size\":70,"
            + "\"oid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]",
      })
  void aListThatIsWrongOnceIsNotKept(String answer) throws IOException {
    repos.hub().fail("GET", "/tree/", 1, Fault.reply(Reply.of(200, answer)));
    failure();
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
  }

  @Test
  void aListOfWrongHashesIsNotKept() throws IOException {
    String sha256 = "b".repeat(64);
    repos
        .hub()
        .fail(
            "GET",
            "/tree/",
            1,
            list(
                "{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":300000,\"oid\":\"%s\",\"lfs\":{\"oid\":\"%s\",\"size\":300000}}"
                    .formatted(OID, sha256)));
    assertThat(failure().reason()).isEqualTo(Reason.CORRUPT);
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
  }

  @Test
  void aListWithoutTheWeightsIsNotKept() throws IOException {
    byte[] readme = TestClient.files(1).get("README.md");
    Path file = Files.write(cache.resolveSibling(cache.getFileName() + "-readme"), readme);
    String oid = ContentHash.gitBlob(file);
    Files.delete(file);
    repos.hub().fail("GET", "/tree/", 1, list(ENTRY.formatted("README.md", readme.length, oid)));
    assertThat(hub.snapshot().resolve("README.md")).hasBinaryContent(readme);
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
  }

  @Test
  void aListThatLacksWhatTheRepositoryNamesIsAskedForAgain() throws IOException {
    String info =
        "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"README.md\"},{\"rfilename\":\"model.safetensors\"}]}"
            .formatted(repos.model(TestClient.ID).commit("main", TestClient.files(1)));
    byte[] readme = TestClient.files(1).get("README.md");
    repos.hub().fail("GET", "/revision/", 2, Fault.reply(Reply.of(200, info)));
    Fault cut = list(ENTRY.formatted("README.md", readme.length, OID));
    repos.hub().fail("GET", "/tree/", 2, cut);
    assertThat(failure()).hasMessageContaining("lacks model.safetensors, which the repository has");
    repos.hub().fail("GET", "/tree/", 1, cut);
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
  }

  @Test
  void aKeptListThatTurnsOutWrongIsAskedForAgain() throws IOException {
    Path snapshot = hub.snapshot();
    Path tree = cache.resolve("models--org--tiny/trees/" + snapshot.getFileName() + ".json");
    String right = Files.readString(tree);
    Files.writeString(tree, right.replace("300000", "299999"));
    Files.delete(snapshot.resolve("model.safetensors"));
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
    assertThat(tree).hasContent(right);
  }

  @Test
  void withoutANetworkTheFilesOfABrokenDownloadAreNamed() {
    repos.store().fail("GET", "/stored/", 99, Fault.cutAt(0));
    failure();
    hub = new TestClient(repos.hub(), cache, Map.of("HF_HUB_OFFLINE", "1"));
    assertThat(failure()).hasMessageContaining("lacks").hasMessageContaining("model.safetensors");
  }

  /** Breaks off at some byte, and answers a request for the rest in a way that does not help. */
  @ParameterizedTest
  @ValueSource(strings = {"416", "other range", "whole"})
  void aServerThatNeverComesToAnEndIsGivenUp(String way) {
    Random random = new Random(7);
    repos
        .store()
        .fail(
            "GET",
            "/stored/",
            1000,
            (right, out) -> {
              byte[] all = TestClient.files(1).get("model.safetensors");
              boolean rest = right.status() == 206;
              if (rest && way.equals("416")) {
                FakeHub.writeWhole(Reply.of(416, ""), out);
              } else if (rest && way.equals("other range")) {
                FakeHub.writeWhole(
                    Reply.of(206, "xxx").with("Content-Range", "bytes 1-3/300000"), out);
              } else {
                Fault.cutAt(100_000 + random.nextInt(100_000))
                    .write(new Reply(200, Map.of(), all), out);
              }
            });
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
    assertThat(failure).hasMessageContaining("model.safetensors");
    assertThat(repos.store().requests().size()).isLessThanOrEqualTo(3 * Call.TRIES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   "})
  void aRedirectToNowhereIsNotFollowed(String location) {
    repos
        .hub()
        .fail(
            "GET",
            "/resolve/",
            1000,
            Fault.reply(new Reply(302, Map.of("Location", location), new byte[0])));
    assertThat(failure().getMessage()).contains("redirect");
    assertThat(repos.hub().requests("GET", "/resolve/").size()).isLessThan(20);
  }

  @Test
  void filesWithEqualTagsHaveTheirOwnContents() throws IOException {
    Map<String, byte[]> files =
        Map.of(
            "a.safetensors",
            TestClient.random(1, 1000),
            "b.safetensors",
            TestClient.random(2, 1000));
    String commit = repos.model(TestClient.ID).commit("main", files);
    Reply same =
        new Reply(
            200,
            Map.of("ETag", "\"" + OID + "\"", "X-Repo-Commit", commit, "Content-Length", "1000"),
            new byte[0]);
    repos.hub().fail("HEAD", "/resolve/", 2, Fault.reply(same));
    DownloadTest.assertHolds(hub.snapshot(), files);
  }

  @Test
  void aListWithoutEndIsAnError() {
    Reply endless =
        Reply.of(200, "[" + ENTRY.formatted("x", 1, OID) + "]")
            .with(
                "Link",
                "<"
                    + repos.hub().address()
                    + "/api/models/org/tiny/tree/"
                    + OID
                    + ">; rel=\"next\"");
    repos.hub().fail("GET", "/tree/", 5000, Fault.reply(endless));
    assertThat(failure()).hasMessageContaining("has no end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,a/b", "a/b,a", "a,a", "x\\ud800y"})
  void aListThatCannotBeOneOfFilesIsNamed(String names) {
    StringBuilder entries = new StringBuilder();
    for (String name : names.split(",", -1)) {
      entries.append(entries.isEmpty() ? "" : ",").append(ENTRY.formatted(name, 1, OID));
    }
    repos.hub().fail("GET", "/tree/", 5, list(entries.toString()));
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
    assertThat(failure.getMessage())
        .doesNotMatch("(?s).*[\\ud800-\\udfff].*")
        .contains(names.contains("\\u") ? "x?y" : "\"a\"");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkInThePlaceOfAPartialFileIsNotFollowed() throws IOException {
    Path mine = Files.writeString(cache.resolveSibling(cache.getFileName() + "-mine"), "precious");
    String sha256 = FakeRepos.sha256(TestClient.files(1).get("model.safetensors"));
    Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
    Files.createSymbolicLink(BlobDownload.partial(blobs.resolve(sha256)), mine);
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
    assertThat(mine).hasContent("precious");
    assertThat(blobs.resolve(sha256)).isRegularFile();
    assertThat(Files.isSymbolicLink(blobs.resolve(sha256))).isFalse();
    Files.delete(mine);
  }

  @Test
  void aServerMayNameTheMomentForTheNextTry() throws IOException {
    String then =
        ZonedDateTime.now(ZoneOffset.UTC)
            .plusSeconds(90)
            .format(DateTimeFormatter.RFC_1123_DATE_TIME);
    Reply later =
        new Reply(429, Map.of("Retry-After", then), "slow".getBytes(StandardCharsets.UTF_8));
    repos.hub().fail("GET", "/revision/", 1, Fault.reply(later));
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
    assertThat(hub.waits).hasSize(1);
    assertThat(hub.waits.get(0)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(91));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf_aB3%s", "hf%%5FaB3%s", "\\u0068f_aB3%s"})
  void aTokenThatAServerRepeatsIsNotShown(String form) {
    String rest = "cD4eF5gH6";
    hub = new TestClient(repos.hub(), cache, Map.of("HF_TOKEN", "hf_aB3" + rest));
    String told = form.formatted(rest);
    Reply refusal = Reply.of(403, "no").with("X-Error-Message", "the token " + told + " is bad");
    repos.hub().fail("GET", "/revision/", 9, Fault.reply(refusal));
    assertThat(failure().getMessage()).contains("the token (the key) is bad").doesNotContain(rest);
  }
}
