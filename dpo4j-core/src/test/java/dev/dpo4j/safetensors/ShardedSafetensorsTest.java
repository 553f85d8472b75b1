/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShardedSafetensorsTest {
  private final Path folder;

  ShardedSafetensorsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void allMissingShardsAreListedAtOnce() throws IOException {
    shard("s1", "a");
    index("{\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\",\"c\":\"s3\"}}");
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("2 of 3 shards are missing")
        .hasMessageContaining("s2, s3");
  }

  @Test
  void everyDisagreementOfIndexAndShardsIsListed() throws IOException {
    shard("s1", "a", "extra");
    shard("s2", "b", "c");
    index("{\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\",\"c\":\"s1\",\"d\":\"s2\"}}");
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("\"extra\" in s1 is not in the index")
        .hasMessageContaining("\"c\" lies in s2, the index says s1")
        .hasMessageContaining("\"d\" is missing in s2");
  }

  @Test
  void aTensorInTwoShardsIsRefused() throws IOException {
    shard("s1", "a");
    shard("s2", "b", "a");
    index("{\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\"}}");
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("\"a\" lies in s2, the index says s1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../s1", "/tmp/s1", "a/b", "..", ".", "", "a\\\\b", "C:x", "a\\u0000b"})
  void aShardCannotLeaveTheFolder(String name) throws IOException {
    index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("not plain names of files in this folder");
  }

  @Test
  void aBrokenIndexIsRefused() throws IOException {
    for (String text :
        new String[] {
          "",
          "{",
          "[]",
          "null",
          "{}",
          "{\"weight_map\":[]}",
          "{\"weight_map\":{}}",
          "{\"weight_map\":{\"a\":1}}",
          "{\"weight_map\":{\"a\":\"s\",\"a\":\"s\"}}",
          "{\"weight_map\":{\"a\":\"s\"}} 1"
        }) {
      index(text);
      assertThatThrownBy(() -> ShardedSafetensors.open(folder))
          .as(text)
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContaining("index.json");
    }
  }

  @Test
  void aFolderWithoutWeightsSaysWhatItHoldsInstead() throws IOException {
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("neither model.safetensors nor");
    Files.createFile(folder.resolve("pytorch_model.bin"));
    assertThatThrownBy(() -> ShardedSafetensors.open(folder)).hasMessageContaining("pickle");
    Files.createFile(folder.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> ShardedSafetensors.open(folder)).hasMessageContaining("adapter");
  }

  @Test
  void noMutationOfAnIndexGivesAnythingButTheDocumentedException() throws IOException {
    shard("s1", "a");
    shard("s2", "b");
    byte[] text =
        "{\"metadata\":{\"total_size\":2},\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\"}}"
            .getBytes(StandardCharsets.UTF_8);
    SplittableRandom random = new SplittableRandom(7);
    int opened = 0;
    for (int round = 0; round < 500; round++) {
      Files.write(folder.resolve("model.safetensors.index.json"), Mutations.of(text, random));
      try (ShardedSafetensors weights = ShardedSafetensors.open(folder)) {
        assertThat(weights.tensors().keySet()).containsExactly("a", "b");
        opened++;
      } catch (SafetensorsException e) {
        assertThat(e).hasMessageContaining(folder.toString());
      }
    }
    assertThat(opened).isPositive();
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  private void shard(String file, String... tensors) throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < tensors.length; i++) {
      header
          .append(i == 0 ? "" : ",")
          .append("\"" + tensors[i] + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[")
          .append(i + "," + (i + 1) + "]}");
    }
    Bytes.write(folder, file, Bytes.file(header + "}", tensors.length));
  }
}
