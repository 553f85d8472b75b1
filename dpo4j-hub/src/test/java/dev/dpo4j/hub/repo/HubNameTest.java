/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubNameTest {
  @Test
  void aNameHasARevisionBehindAnAt() {
    HubName name = HubName.parse(RepoType.MODEL, "Qwen/Qwen2.5-0.5B-Instruct@refs/pr/3");
    assertThat(name.id()).isEqualTo("Qwen/Qwen2.5-0.5B-Instruct");
    assertThat(name.revision()).isEqualTo("refs/pr/3");
    assertThat(name).hasToString("Qwen/Qwen2.5-0.5B-Instruct@refs/pr/3");
    assertThat(name.folder()).isEqualTo("models--Qwen--Qwen2.5-0.5B-Instruct");
    assertThat(HubName.parse(RepoType.DATASET, "trl-lib/x").revision()).isEqualTo("main");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a/",
        "/b",
        "a/b/c",
        "a--b/c",
        "a/..",
        "../a",
        "a/b..c",
        ".a/b",
        "a/-b",
        "a/b-",
        "a/b.git",
        "a b/c",
        "a/b\n",
        "a/b@",
        "a/b@..",
        "a/b@/x",
        "a/b@x//y",
        "a/b@x/../y",
        "a/b@x/.y",
        "a/b@ x",
        "ä/b"
      })
  void whatCouldLeaveTheCacheIsNoName(String text) {
    assertThatThrownBy(() -> HubName.parse(RepoType.MODEL, text))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(HubException.Reason.NAME));
    assertThat(HubName.isName(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"data/pairs.jsonl", "models/tiny.gguf", "x/train.Parquet", "gpt2", "/a/b"})
  void aMistypedPathIsNotLookedForOnTheHub(String text) {
    assertThat(HubName.isName(text)).isFalse();
  }

  @Test
  void patternsMatchAsThoseOfHuggingfaceHub() {
    FileFilter filter =
        new FileFilter(
            List.of("*.json", "data/", "a[0-9]?.txt"), List.of("*secret*", "x[!a].json"));
    assertThat(List.of("config.json", "deep/er/config.json", "data/x/y.bin", "a1b.txt", "xa.json"))
        .allMatch(filter::accepts);
    assertThat(List.of("model.bin", "data", "ab.txt", "my-secret.json", "xb.json", "a1b.txt2"))
        .noneMatch(filter::accepts);
    assertThat(new FileFilter(List.of("a[.b", "(x|y)+"), List.of()).accepts("a[.b")).isTrue();
    assertThat(new FileFilter(List.of("(x|y)+"), List.of()).accepts("x")).isFalse();
  }
}
