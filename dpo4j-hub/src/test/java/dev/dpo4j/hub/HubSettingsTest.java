/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.hub.http.EnvironmentProxy;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {
  @TempDir Path home;

  private HubSettings of(String... pairs) {
    Map<String, String> environment = new java.util.HashMap<>();
    for (int at = 0; at < pairs.length; at += 2) {
      environment.put(pairs[at], pairs[at + 1]);
    }
    return HubSettings.of(environment, home);
  }

  @Test
  void theCacheIsFoundAsHuggingfaceHubFindsIt() {
    assertThat(of().cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(of("XDG_CACHE_HOME", "/x").cache()).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache()).isEqualTo(Path.of("/h/hub"));
    assertThat(of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old").cache())
        .isEqualTo(Path.of("/old"));
    assertThat(of("HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "~/new").cache())
        .isEqualTo(home.resolve("new"));
    assertThat(of("HF_HOME", "$BASE/${SUB}", "BASE", "/b", "SUB", "s").cache())
        .isEqualTo(Path.of("/b/s/hub"));
  }

  @Test
  void theRestOfTheEnvironmentIsRead() {
    HubSettings plain = of();
    assertThat(plain.endpoint()).hasToString("https://huggingface.co");
    assertThat(plain.offline()).isFalse();
    assertThat(plain.symlinks()).isTrue();
    assertThat(plain.progress()).isTrue();
    assertThat(plain.etagTimeout()).isEqualTo(Duration.ofSeconds(10));
    HubSettings set =
        of(
            "HF_ENDPOINT", "http://mirror:8080/",
            "TRANSFORMERS_OFFLINE", "yes",
            "HF_HUB_DISABLE_SYMLINKS", "1",
            "HF_HUB_DISABLE_PROGRESS_BARS", "TRUE",
            "HF_HUB_ETAG_TIMEOUT", "3",
            "HF_HUB_DOWNLOAD_TIMEOUT", "40");
    assertThat(set.endpoint()).hasToString("http://mirror:8080");
    assertThat(set.offline()).isTrue();
    assertThat(set.symlinks()).isFalse();
    assertThat(set.progress()).isFalse();
    assertThat(set.etagTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(set.downloadTimeout()).isEqualTo(Duration.ofSeconds(40));
    assertThat(of("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1").offline()).isFalse();
  }

  @Test
  void theTokenComesFromTheEnvironmentAndThenFromItsFile() throws IOException {
    assertThat(of().token()).isNull();
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "hf_filed\n");
    assertThat(header(of())).isEqualTo("Bearer hf_filed");
    assertThat(header(of("HF_TOKEN", " hf_set "))).isEqualTo("Bearer hf_set");
    Path other = Files.writeString(home.resolve("other"), "hf_other");
    assertThat(header(of("HF_TOKEN_PATH", other.toString()))).isEqualTo("Bearer hf_other");
  }

  private static String header(HubSettings settings) {
    return Objects.requireNonNull(settings.token()).header();
  }

  @Test
  void theTokenShowsItselfNowhere() {
    HubSettings settings = of("HF_TOKEN", "hf_secret");
    assertThat(settings.toString()).doesNotContain("hf_secret");
    assertThat(String.valueOf(settings.token())).doesNotContain("hf_secret");
    assertThatThrownBy(() -> of("HF_TOKEN", "hf_secret\r\nEvil: 1"))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("hf_secret");
  }

  @Test
  void whatIsNoAddressOrNumberIsRefusedWithItsVariable() {
    for (String address :
        new String[] {"huggingface.co", "ftp://x", "https://u:pw@x", "http://", " %"}) {
      assertThatThrownBy(() -> of("HF_ENDPOINT", address))
          .as(address)
          .isInstanceOf(HubException.class)
          .hasMessageContaining("HF_ENDPOINT")
          .hasMessageNotContaining("pw");
    }
    assertThatThrownBy(() -> of("HF_HUB_DOWNLOAD_TIMEOUT", "ten"))
        .hasMessageContaining("HF_HUB_DOWNLOAD_TIMEOUT")
        .hasMessageContaining("ten");
  }

  @Test
  void aProxyOfTheEnvironmentIsTakenButNotForThisMachine() {
    Map<String, String> environment =
        Map.of("HTTPS_PROXY", "http://proxy:3128", "no_proxy", ".inside,other.org");
    var proxy = new EnvironmentProxy(environment, java.net.ProxySelector.of(null));
    assertThat(proxy.select(java.net.URI.create("https://huggingface.co/x")))
        .singleElement()
        .satisfies(p -> assertThat(p.address().toString()).contains("proxy").contains("3128"));
    for (String direct :
        new String[] {
          "https://a.inside/",
          "https://other.org/",
          "https://127.0.0.1/",
          "https://localhost/",
          "http://plain.org/"
        }) {
      assertThat(proxy.select(java.net.URI.create(direct)))
          .as(direct)
          .containsExactly(java.net.Proxy.NO_PROXY);
    }
  }
}
