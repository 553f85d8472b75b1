/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which text becomes Unicode form NFC: as AutoTokenizer decides by model type and class. */
class TokenizerNormalisationTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final List<String> TEXTS =
      List.of(
          "\u00E9 e\u0301",
          "\uAC00 \u1100\u1161",
          "\u212B \uFA10 \u2126",
          "a\u0323\u0307 a\u0307\u0323",
          "the sky 天空 42 it's  \n\n x",
          "<|im_end|>e\u0301<|im_end|>");

  /** Pairs of model_type (none where empty) and tokenizer_class. */
  private static final List<List<String>> KINDS =
      List.of(
          List.of("", "PreTrainedTokenizerFast"),
          List.of("qwen2", "PreTrainedTokenizerFast"),
          List.of("qwen2", "Qwen2Tokenizer"),
          List.of("qwen3", "PreTrainedTokenizerFast"),
          List.of("qwen3", "Qwen2Tokenizer"),
          List.of("llama", "PreTrainedTokenizerFast"));

  @Test
  void idsAreThoseOfTransformersWhateverTheFileSaysOfNormalisation(@TempDir Path scratch)
      throws IOException, InterruptedException {
    List<Path> folders = new ArrayList<>();
    for (List<String> kind : KINDS) {
      folders.add(folder(scratch.resolve(folders.size() + "-nfc"), kind, true));
      folders.add(folder(scratch.resolve(folders.size() + "-null"), kind, false));
    }
    String answer =
        Peer.run(
            scratch,
            "tokenizer_ids.py",
            JSON.writeValueAsString(TEXTS),
            folders.stream().map(Path::toString).toList());
    List<String> lines = answer.lines().toList();
    assertThat(lines).hasSameSizeAs(folders);
    for (int i = 0; i < folders.size(); i++) {
      try (HfTokenizer tokenizer = HfTokenizer.load(folders.get(i))) {
        JsonNode found =
            JSON.valueToTree(TEXTS.stream().map(text -> tokenizer.encode(text, false)).toList());
        assertThat(found)
            .as("%s %s", KINDS.get(i / 2), folders.get(i).getFileName())
            .isEqualTo(JSON.readTree(lines.get(i)));
      }
    }
  }

  private static Path folder(Path folder, List<String> kind, boolean normalised)
      throws IOException {
    Files.createDirectories(folder);
    new BpeTrainer(300, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
        .train(List.of("the sky is blue and the sea is blue too", "hello there"))
        .save(folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "x", 64));
    Path file = folder.resolve("tokenizer.json");
    if (!normalised) {
      String json = Files.readString(file);
      String bare = json.replaceFirst("\"normalizer\" : \\{[^}]*}", "\"normalizer\" : null");
      assertThat(bare).isNotEqualTo(json);
      Files.writeString(file, bare);
    }
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(
        config, Files.readString(config).replace("PreTrainedTokenizerFast", kind.get(1)));
    if (!kind.get(0).isEmpty()) {
      Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"" + kind.get(0) + "\"}");
    }
    return folder;
  }
}
