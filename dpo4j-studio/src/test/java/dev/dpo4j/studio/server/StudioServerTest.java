/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.studio.server.RawHttp.Answer;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in and who does not, over real sockets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one server for all
class StudioServerTest {
  private final AtomicInteger changes = new AtomicInteger();
  private final StudioServer server =
      StudioServer.start(
          0,
          List.of(
              Route.get("/", request -> Response.text(200, "page in " + request.language())),
              Route.get("/api/secret", request -> Response.json(200, "{\"secret\": 1}")),
              Route.get(
                  "/api/fault",
                  request -> {
                    throw new IllegalStateException("the password is 1234");
                  }),
              Route.post(
                  "/api/change",
                  request ->
                      Response.json(200, "{\"changes\": " + changes.incrementAndGet() + "}"))));
  private final RawHttp stranger = new RawHttp(server.address());
  private final RawHttp page = stranger.withToken();

  @BeforeEach
  void reset() {
    changes.set(0);
  }

  @AfterAll
  void close() {
    server.close();
  }

  private void refused(Answer answer, int status) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).doesNotContain("secret");
    assertThat(changes).hasValue(0);
  }

  @Test
  void theAddressLetsABrowserInAndMovesTheTokenIntoACookie() throws IOException {
    String query = server.address().getRawQuery();
    Answer first = stranger.get("/?" + query);
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.headers().get("set-cookie"))
        .isEqualTo(
            "dpo4j-%d=%s; Path=/; HttpOnly; SameSite=Strict"
                .formatted(server.port(), query.substring("token=".length())));
    assertThat(page.get("/api/secret").body()).isEqualTo("{\"secret\": 1}");
    assertThat(page.post("/api/change", "{}").body()).isEqualTo("{\"changes\": 1}");
  }

  @Test
  void everyServerHasATokenOfItsOwn() {
    try (StudioServer other = StudioServer.start(0, List.of())) {
      assertThat(other.address().getQuery()).isNotEqualTo(server.address().getQuery());
      assertThat(server.address().getQuery()).hasSizeGreaterThanOrEqualTo("token=".length() + 43);
    }
  }

  @Test
  void withoutTheTokenNothingIsGivenOrChanged() throws IOException {
    refused(stranger.get("/"), 401);
    refused(stranger.get("/api/secret"), 401);
    refused(stranger.get("/api/secret?" + server.address().getRawQuery()), 401);
    refused(stranger.get("/?token=wrong"), 401);
    refused(stranger.post("/api/change", "{}"), 401);
    String cookie = "dpo4j-" + server.port() + "=";
    refused(stranger.with("Cookie", cookie).get("/api/secret"), 401);
    String token = server.address().getQuery().substring("token=".length());
    String almost = token.substring(1);
    refused(stranger.with("Cookie", cookie + almost).get("/api/secret"), 401);
    refused(stranger.with("Cookie", "dpo4j-1=" + token).get("/api/secret"), 401);
  }

  @Test
  void anotherOriginCannotChangeAnything() throws IOException {
    refused(page.with("Origin", "http://evil.example").post("/api/change", "{}"), 403);
    refused(page.with("Origin", "null").post("/api/change", "{}"), 403);
    String otherPort = "http://127.0.0.1:" + (server.port() + 1);
    refused(page.with("Origin", otherPort).post("/api/change", "{}"), 403);
    String https = "https://127.0.0.1:" + server.port();
    refused(page.with("Origin", https).post("/api/change", "{}"), 403);
    refused(page.with("Sec-Fetch-Site", "cross-site").post("/api/change", "{}"), 403);
    refused(page.with("Sec-Fetch-Site", "same-site").get("/api/secret"), 403);
    RawHttp noOrigin = page.with("Content-Type", "application/json").with("Content-Length", "2");
    refused(noOrigin.send("POST", "/api/change", "{}".getBytes(StandardCharsets.UTF_8)), 403);
  }

  @Test
  void aFormCannotPost() throws IOException {
    for (String type :
        List.of("text/plain", "application/x-www-form-urlencoded", "application/jsonp")) {
      refused(page.with("Content-Type", type).post("/api/change", "{}"), 415);
    }
  }

  @Test
  void aForeignNameThatLeadsHereIsRefused() throws IOException {
    for (String host : List.of("evil.example:" + server.port(), "127.0.0.1", "127.0.0.1:1")) {
      refused(page.with("Host", host).get("/api/secret"), 421);
    }
    assertThat(page.with("Host", "localhost:" + server.port()).get("/api/secret").status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..%2f..%2fetc/passwd",
        "/web/../api/secret",
        "/web/..%2f..%2fapi/secret",
        "/%2e%2e/api/secret",
        "/web/%2e%2e%5capi",
        "//api/secret",
        "/api//secret",
        "/api/secret;x=1",
        "/api/secret%00",
        "/api/./secret",
        "/web/\\..\\secret",
        "/API/secret",
        "/api/secret/",
        "/etc/passwd",
        "/web/label.html",
        "/WEB-INF/web.xml",
      })
  void trickyPathsLeadNowhere(String path) throws IOException {
    Answer answer = page.get(path);
    assertThat(answer.status()).isIn(400, 404);
    assertThat(answer.body()).doesNotContain("\"secret\": 1").doesNotContain("root:");
  }

  @Test
  void otherMethodsAreRefused() throws IOException {
    for (String method : List.of("PUT", "DELETE", "OPTIONS", "PATCH")) {
      Answer answer =
          page.with("Origin", "http://evil.example").send(method, "/api/change", new byte[0]);
      refused(answer, 405);
      assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
    }
    assertThat(page.send("TRACE", "/api/change", new byte[0]).status()).isIn(400, 405, 501);
  }

  @Test
  void aBodyThatIsTooLongIsRefusedWhetherItsLengthIsSaidOrNot() throws IOException {
    String large = "\"" + "x".repeat(StudioServer.MAX_BODY) + "\"";
    refused(page.post("/api/change", large), 413);
    String chunk = Integer.toHexString(large.length()) + "\r\n" + large + "\r\n0\r\n\r\n";
    refused(page.with("Transfer-Encoding", "chunked").post("/api/change", chunk), 413);
    String longest = "\"" + "x".repeat(StudioServer.MAX_BODY - 2) + "\"";
    assertThat(page.post("/api/change", longest).status()).isEqualTo(200);
  }

  @Test
  void everyAnswerForbidsForeignScriptsFramesAndStores() throws IOException {
    for (Answer answer : List.of(page.get("/"), page.get("/nowhere"), stranger.get("/"))) {
      assertThat(answer.headers().get("content-security-policy"))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(answer.headers())
          .containsEntry("x-content-type-options", "nosniff")
          .containsEntry("x-frame-options", "DENY")
          .containsEntry("referrer-policy", "no-referrer")
          .containsEntry("cross-origin-resource-policy", "same-origin")
          .containsEntry("cache-control", "no-store")
          .doesNotContainKey("server");
    }
  }

  @Test
  void aFaultIsNotToldToTheBrowser() throws IOException {
    Answer answer = page.get("/api/fault");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("1234").doesNotContain("IllegalState");
  }

  @Test
  void thePageComesInTheLanguageThatTheBrowserLikesBest() throws IOException {
    assertThat(page.get("/").body()).isEqualTo("page in en\n");
    assertThat(page.with("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8").get("/").body())
        .isEqualTo("page in zh\n");
    assertThat(page.with("Accept-Language", "zh;q=0.1,en;q=0.2").get("/").body())
        .isEqualTo("page in en\n");
    assertThat(page.with("Accept-Language", "fr,zh;q=0.5").get("/").body())
        .isEqualTo("page in zh\n");
    assertThat(page.with("Accept-Language", ";;;=").get("/").body()).isEqualTo("page in en\n");
  }

  @Test
  void aPortThatIsTakenIsAnErrorOfTheConfiguration() {
    assertThatThrownBy(() -> StudioServer.start(server.port(), List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("port: cannot listen on 127.0.0.1:" + server.port());
  }
}
