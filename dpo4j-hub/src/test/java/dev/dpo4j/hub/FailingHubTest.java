/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.hub.FakeHub.Fault;
import dev.dpo4j.hub.FakeHub.Reply;
import dev.dpo4j.hub.cache.BlobDownload;
import dev.dpo4j.hub.http.Call;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FailingHubTest {
  private static final Map<String, String> TOKEN = Map.of("HF_TOKEN", "hf_right");

  @TempDir Path cache;
  private FakeRepos repos;
  private TestClient hub;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    hub = new TestClient(repos.hub(), cache, TOKEN);
    repos.model(TestClient.ID).commit("main", TestClient.files(1));
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private void waitOneSecondAtMost() {
    Map<String, String> environment = new HashMap<>(TOKEN);
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "1");
    hub = new TestClient(repos.hub(), cache, environment);
  }

  private HubException failure() {
    HubException failure = catchThrowableOfType(HubException.class, hub::snapshot);
    assertThat(failure).isNotNull();
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    assertThat(trace + hub.notices.toString()).doesNotContain("hf_right", "signature=secret");
    return failure;
  }

  private void succeeds() throws IOException {
    DownloadTest.assertHolds(hub.snapshot(), TestClient.files(1));
    assertThat(hub.notices.toString()).doesNotContain("hf_right", "signature=secret");
  }

  private void nothingIsPublished(String path) throws IOException {
    try (Stream<Path> walk = Files.walk(cache)) {
      assertThat(walk.filter(file -> file.endsWith(path))).isEmpty();
    }
    Path blobs = cache.resolve("models--org--tiny/blobs");
    String sha256 = FakeRepos.sha256(TestClient.files(1).get("model.safetensors"));
    assertThat(blobs.resolve(sha256)).doesNotExist();
  }

  private Path partial() {
    String sha256 = FakeRepos.sha256(TestClient.files(1).get("model.safetensors"));
    return BlobDownload.partial(cache.resolve("models--org--tiny/blobs").resolve(sha256));
  }

  /** Some bytes of the body, and an end once the client has written so many in all. */
  private Fault cutOnceKept(int bytes, long inAll) {
    return (right, out) -> {
      out.write(right.head(right.body().length));
      out.write(right.body(), 0, bytes);
      out.flush();
      while (!Files.exists(partial()) || Files.size(partial()) < inAll) {
        Thread.sleep(5);
      }
    };
  }

  @Test
  void aConnectionThatDropsIsTakenUpWhereItDropped() throws IOException {
    repos.store().fail("GET", "/stored/", 1, cutOnceKept(100_000, 100_000));
    repos.store().fail("GET", "/stored/", 1, cutOnceKept(50_000, 150_000));
    succeeds();
    assertThat(repos.store().requests("GET", "/stored/"))
        .extracting(FakeHub.Request::from)
        .containsExactly(0L, 100_000L, 150_000L);
  }

  @Test
  void aConnectionThatGivesNothingAnyMoreIsGivenUpAndTheBytesStay() throws IOException {
    repos.store().fail("GET", "/stored/", 1, cutOnceKept(100_000, 100_000));
    repos.store().fail("GET", "/stored/", 99, Fault.cutAt(0));
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
    nothingIsPublished("model.safetensors");
    assertThat(partial()).hasSize(100_000);
    assertThat(failure)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("byte 100000");
  }

  @Test
  void silenceIsNotWaitedForForEver() throws IOException {
    waitOneSecondAtMost();
    repos.store().fail("GET", "/stored/", 1, Fault.silentAfter(70_000, 60_000));
    succeeds();
    List<FakeHub.Request> requests = repos.store().requests("GET", "/stored/");
    assertThat(requests).hasSizeGreaterThan(1);
    // Less where this machine is slow, and took the wait for its own bytes for silence.
    assertThat(requests.get(1).from()).isLessThanOrEqualTo(70_000);
  }

  @Test
  @Timeout(600)
  void silenceInAListIsNotWaitedForForEverEither() throws IOException {
    waitOneSecondAtMost();
    repos.hub().fail("GET", "/tree/", 1, Fault.silentAfter(10, 60_000));
    repos.hub().fail("GET", "/revision/", 1, Fault.silentAfter(0, 60_000));
    succeeds();
  }

  @Test
  @Timeout(600)
  void aTrickleIsNoTransfer() throws IOException {
    waitOneSecondAtMost();
    repos.store().fail("GET", "/stored/", 1, Fault.trickle(100, 200));
    succeeds();
    assertThat(hub.notices.toString()).contains("broke off");
  }

  @Test
  void aFewBytesAtATimeAreGivenUp() throws IOException {
    repos.store().fail("GET", "/stored/", 99, Fault.trickle(2, 1));
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
    assertThat(failure).hasMessageContaining("does not go on");
  }

  @Test
  void aServerThatIgnoresARangeStartsAgain() throws IOException {
    repos.store().fail("GET", "/stored/", 1, Fault.cutAt(100_000));
    byte[] whole = TestClient.files(1).get("model.safetensors");
    repos.store().fail("GET", "/stored/", 1, Fault.reply(new Reply(200, Map.of(), whole)));
    succeeds();
    assertThat(repos.store().requests("GET", "/stored/")).hasSize(2);
  }

  @Test
  void aRangeFromAnotherPlaceIsNotTaken() throws IOException {
    repos.store().fail("GET", "/stored/", 1, Fault.cutAt(100_000));
    Reply wrong = Reply.of(206, "shifted").with("Content-Range", "bytes 99999-100005/300000");
    repos.store().fail("GET", "/stored/", 1, Fault.reply(wrong));
    succeeds();
  }

  @Test
  void aRangeThatIsRefusedStartsAgain() throws IOException {
    repos.store().fail("GET", "/stored/", 1, Fault.cutAt(100_000));
    repos.store().fail("GET", "/stored/", 1, Fault.reply(Reply.of(416, "")));
    succeeds();
    List<FakeHub.Request> requests = repos.store().requests("GET", "/stored/");
    assertThat(requests.get(requests.size() - 1).header("range")).isEmpty();
  }

  @Test
  void aWrongByteIsFoundByTheHash() throws IOException {
    repos.store().fail("GET", "/stored/", 99, Fault.oneWrongByte());
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
    assertThat(failure)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("SHA-256")
        .hasMessageContaining(FakeRepos.sha256(TestClient.files(1).get("model.safetensors")));
    nothingIsPublished("model.safetensors");
  }

  @Test
  void aWrongByteOfASmallFileIsFoundByTheHashOfGit() {
    repos.hub().fail("GET", "/resolve/", 99, Fault.oneWrongByte());
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
    assertThat(failure).hasMessageContaining("SHA-1");
  }

  @Test
  void aDamagedRestOfAnEarlierDownloadIsThrownAway() throws IOException {
    byte[] whole = TestClient.files(1).get("model.safetensors");
    Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
    Path partial = BlobDownload.partial(blobs.resolve(FakeRepos.sha256(whole)));
    Files.write(partial, new byte[1234]);
    succeeds();
    assertThat(hub.notices).anyMatch(text -> text.contains("damaged"));
    Files.delete(blobs.resolve(FakeRepos.sha256(whole)));
    Files.write(partial, new byte[400_000]);
    succeeds();
  }

  @Test
  void anotherLengthThanPromisedIsRefused() throws IOException {
    repos.store().fail("GET", "/stored/", 1, Fault.length(300_001));
    assertThat(failure()).hasMessageContaining("more than the expected 300000 bytes");
    nothingIsPublished("model.safetensors");
    repos.store().fail("GET", "/stored/", 1, Fault.length(299_999));
    succeeds();
  }

  @Test
  void aServerThatFailsOrIsBusyIsAskedAgainWhenItWants() throws IOException {
    Reply busy = Reply.of(429, "").with("Retry-After", "7");
    Reply limited = Reply.of(429, "").with("RateLimit", "\"api\";r=0;t=9");
    repos.hub().fail("GET", "/revision/", 1, Fault.reply(busy));
    repos.hub().fail("GET", "/revision/", 1, Fault.reply(limited));
    repos.hub().fail("GET", "/revision/", 2, Fault.reply(Reply.of(500, "")));
    succeeds();
    assertThat(hub.waits)
        .containsExactly(
            Duration.ofSeconds(7),
            Duration.ofSeconds(9),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8));
    assertThat(hub.notices).anyMatch(text -> text.contains("429") && text.contains("7 s"));
  }

  @Test
  void aServerThatKeepsFailingIsGivenUp() {
    repos.hub().fail("GET", "/revision/", 99, Fault.reply(Reply.of(503, "")));
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
    assertThat(failure).hasMessageContaining("503").hasMessageContaining("not in the cache");
    assertThat(repos.hub().requests("GET", "/revision/")).hasSize(Call.TRIES);
  }

  @Test
  void aWaitOfHoursIsNotWaited() {
    Reply busy = Reply.of(429, "").with("Retry-After", "7200");
    repos.hub().fail("GET", "/tree/", 99, Fault.reply(busy));
    assertThat(failure()).hasMessageContaining("in 7200 seconds");
    assertThat(hub.waits).isEmpty();
  }

  @Test
  void theTokenGoesToTheHubAndNowhereElse() throws IOException {
    try (FakeHub foreign =
        FakeHub.serving(r -> Reply.of(200, "{\"sha\":\"" + "a".repeat(40) + "\"}"))) {
      succeeds();
      assertThat(repos.hub().requests())
          .isNotEmpty()
          .allMatch(request -> request.header("authorization").equals("Bearer hf_right"));
      assertThat(repos.store().requests())
          .isNotEmpty()
          .allMatch(request -> request.header("authorization").isEmpty());
      Reply away = Reply.of(307, "").with("Location", foreign.address() + "/api/x");
      repos.hub().fail("GET", "/revision/", 1, Fault.reply(away));
      assertThat(failure()).hasMessageContaining("redirect to another host");
      assertThat(foreign.requests()).isEmpty();
    }
  }

  @Test
  void aRenamedRepositoryIsFollowedOnTheHub() {
    Reply moved = Reply.of(307, "").with("Location", "/api/models/org/tiny/revision/main");
    repos.hub().fail("GET", "/api/models/old/name/revision/main", 1, Fault.reply(moved));
    FileFilter none = new FileFilter(List.of("nothing"), List.of());
    HubName old = HubName.parse(RepoType.MODEL, "old/name");
    assertThatThrownBy(() -> hub.client.snapshot(old, none, hub.listener))
        .as("its commit is known, its list is asked for under the old name")
        .hasMessageContaining("there is no old/name on the Hub");
    assertThat(repos.hub().requests("GET", "/revision/"))
        .extracting(FakeHub.Request::path)
        .containsExactly(
            "/api/models/old/name/revision/main", "/api/models/org/tiny/revision/main");
    assertThat(repos.hub().requests())
        .allMatch(request -> request.header("authorization").equals("Bearer hf_right"));
  }

  @Test
  void redirectsInACircleAndToFilesAreNotFollowed() {
    Reply circle = Reply.of(302, "").with("Location", "/api/models/org/tiny/revision/main");
    repos.hub().fail("GET", "/revision/", 99, Fault.reply(circle));
    assertThat(failure()).hasMessageContaining("redirected 10 times");
    Reply file = Reply.of(302, "").with("Location", "file:///etc/passwd");
    repos.store().fail("GET", "/stored/", 99, Fault.reply(file));
    try (FakeRepos others = new FakeRepos()) {
      others.model(TestClient.ID).commit("main", TestClient.files(2));
      others.store().fail("GET", "/stored/", 99, Fault.reply(file));
      hub = new TestClient(others.hub(), cache.resolve("other"), Map.of());
      assertThat(failure()).hasMessageContaining("an address that is not followed");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aGatedRepositoryTellsWhereToAcceptItsConditions() {
    repos.model(TestClient.ID).gated();
    HubException withToken = failure();
    assertThat(withToken.reason()).isEqualTo(Reason.GATED);
    assertThat(withToken)
        .hasMessageContaining("accept the conditions at " + repos.hub().address() + "/org/tiny");
    hub = new TestClient(repos.hub(), cache, Map.of());
    assertThat(failure()).hasMessageContaining("is gated").hasMessageContaining("HF_TOKEN");
  }

  @Test
  void aMissingOrHiddenRepositoryTellsBothCauses() {
    hub = new TestClient(repos.hub(), cache, Map.of());
    HubException failure =
        catchThrowableOfType(
            HubException.class,
            () ->
                hub.client.snapshot(
                    HubName.parse(RepoType.MODEL, "org/tinny"), FileFilter.ALL, hub.listener));
    assertThat(failure.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(failure)
        .hasMessageContaining("there is no org/tinny on the Hub")
        .hasMessageContaining("or it is hidden")
        .hasMessageContaining("HF_TOKEN");
  }

  @Test
  void aMissingRevisionIsNamed() {
    HubException failure =
        catchThrowableOfType(
            HubException.class,
            () -> hub.client.snapshot(TestClient.name().at("v9"), FileFilter.ALL, hub.listener));
    assertThat(failure).hasMessage("org/tiny has no revision v9");
  }

  @Test
  void aTokenThatIsWrongOrMayNotIsSaid() {
    Reply invalid =
        Reply.of(401, "").with("X-Error-Message", "Invalid credentials in Authorization header");
    repos.hub().fail("GET", "/revision/", 1, Fault.reply(invalid));
    assertThat(failure().reason()).isEqualTo(Reason.UNAUTHORIZED);
    repos.hub().fail("GET", "/revision/", 1, Fault.reply(Reply.of(403, "{\"error\":\"no\"}")));
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
    assertThat(failure)
        .hasMessageContaining("the given token may not")
        .hasMessageContaining("\"no\"");
  }

  @Test
  void aPageOfAProxyIsNotTakenForAHub() {
    repos.hub().fail("GET", "/revision/", 99, Fault.reply(Reply.of(200, "<html>log in</html>")));
    assertThat(failure()).hasMessageContaining("does not look like a Hub");
  }

  @Test
  void anETagThatIsAPathIsRefused() {
    Reply evil =
        Reply.of(200, "").with("X-Repo-Commit", "a".repeat(40)).with("ETag", "\"../../../evil\"");
    repos.hub().fail("HEAD", "/resolve/", 99, Fault.reply(evil));
    assertThat(failure().reason()).isEqualTo(Reason.CORRUPT);
  }

  @Test
  void namesOfFilesThatLeaveTheFolderAreRefused() throws IOException {
    for (String path :
        new String[] {
          "../evil", "a/../../evil", "/etc/evil", "a//b", "C:/evil", "a\\..\\evil", "./x", "nul"
        }) {
      repos.model(TestClient.ID).commit("main", Map.of(path, TestClient.bytes(path)));
      HubException failure = failure();
      assertThat(failure.reason()).as(path).isEqualTo(Reason.CORRUPT);
      assertThat(failure).hasMessageContaining("may not be written");
    }
    try (Stream<Path> walk = Files.walk(cache)) {
      assertThat(walk.map(Path::toString)).noneMatch(text -> text.contains("evil"));
    }
  }

  @Test
  void nobodyAtTheAddressIsSaidAfterTwoTries() {
    repos.close();
    HubException failure = failure();
    assertThat(failure.reason()).isEqualTo(Reason.NETWORK);
    assertThat(failure).hasMessageContaining("could not be reached");
    assertThat(hub.waits).hasSize(1);
  }
}
