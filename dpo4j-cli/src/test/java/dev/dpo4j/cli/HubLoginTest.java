/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.hub.FakeRepos;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A token for a Hub on loopback, in the files of Python's tools. */
class HubLoginTest {
  @TempDir private Path folder;
  private FakeRepos repos;
  private CapturedConsole console = new CapturedConsole();
  private final Map<String, String> environment = new HashMap<>();
  private final InputStream standardInput = System.in;

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    environment.put("HF_ENDPOINT", repos.hub().address());
    environment.put("HF_HOME", folder.resolve("hf").toString());
  }

  @AfterEach
  void stop() {
    System.setIn(standardInput);
    repos.close();
  }

  private int hub(String command, String input) {
    console = new CapturedConsole();
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    return new Cli(console.console(), new Interruption(), environment).execute("hub", command);
  }

  private Path token() {
    return folder.resolve("hf/token");
  }

  @Test
  void aTokenIsCheckedKeptUsedAndForgotten() throws IOException {
    assertThat(hub("whoami", "")).isEqualTo(4);
    assertThat(console.err()).contains("not logged in", "dpo4j hub login");
    assertThat(hub("login", "hf_right\n")).as(console.err()).isZero();
    assertThat(console.out()).contains("logged in as ada", token().toString());
    assertThat(token()).hasContent("hf_right");
    assertThat(folder.resolve("hf/stored_tokens")).content().contains("[ada]\nhf_token = hf_right");
    assertThat(hub("whoami", "")).isZero();
    assertThat(console.out()).isEqualTo("ada\n");
    assertThat(hub("logout", "")).isZero();
    assertThat(token()).doesNotExist();
    assertThat(folder.resolve("hf/stored_tokens")).doesNotExist();
    assertThat(hub("logout", "")).isZero();
    assertThat(console.out()).contains("no token");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void nobodyElseCanReadTheToken() throws IOException {
    hub("login", "hf_right");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token())))
        .isEqualTo("rw-------");
  }

  @Test
  void aTokenThatTheHubRefusesIsNeitherKeptNorShown() {
    assertThat(hub("login", "hf_wrong\n")).isEqualTo(4);
    assertThat(console.err()).contains("does not accept").doesNotContain("hf_wrong");
    assertThat(token()).doesNotExist();
    assertThat(hub("login", "\n")).isEqualTo(2);
    assertThat(console.err()).contains("no token was given", "/settings/tokens");
  }

  @Test
  void otherTokensOfPythonsToolsStay() throws IOException {
    Files.createDirectories(folder.resolve("hf"));
    Files.writeString(
        folder.resolve("hf/stored_tokens"),
        "[other]\nhf_token = hf_other\n\n[ada]\nhf_token = x\n");
    hub("login", "hf_right");
    hub("logout", "");
    assertThat(folder.resolve("hf/stored_tokens")).hasContent("[other]\nhf_token = hf_other\n\n");
  }

  @Test
  void aVariableThatWinsOverTheFileIsNamed() {
    environment.put("HF_TOKEN", "hf_right");
    hub("login", "hf_right");
    assertThat(console.err()).contains("HF_TOKEN is set and wins");
    hub("logout", "");
    assertThat(console.err()).contains("HF_TOKEN is set");
  }
}
