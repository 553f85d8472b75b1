/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfTokenizerTest {
  private static final String MIXED = "hello \uD83D\uDE00 天空 \u00E9 \u0000 there <|im_end|>\n\n  x";

  private final Path folder;

  HfTokenizerTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    new BpeTrainer(300, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
        .train(List.of("the sky is blue and the sea is blue too", "hello there"))
        .save(
            folder,
            new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "{{ 'default' }}", 1024));
  }

  private void edit(String file, String from, String to) throws IOException {
    Path path = folder.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }

  @Test
  void textComesBackAndNothingIsCutAtFiveHundredTokens() {
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      int[] ids = tokenizer.encode(MIXED.repeat(500), true);
      assertThat(ids.length).isGreaterThan(5000);
      assertThat(tokenizer.decode(ids, false)).isEqualTo(MIXED.repeat(500));
      assertThat(tokenizer.decode(tokenizer.encode("a<|im_end|>", false), true)).isEqualTo("a");
      assertThat(tokenizer.encode("", true)).isEmpty();
    }
  }

  @Test
  void textThatIsNotComposedBecomesSo() {
    // The file says NFC, because transformers applies it to Qwen2 models whatever the file says.
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.encode("e\u0301", false)).isEqualTo(tokenizer.encode("\u00E9", false));
      Encoding encoding = tokenizer.encodeWithOffsets("e\u0301x", false);
      assertThat(encoding.ends()[encoding.length() - 1]).isEqualTo(3);
    }
  }

  @Test
  void truncationAndPaddingOfTheFileAreLeftAside() throws IOException {
    edit(
        "tokenizer.json",
        "\"truncation\" : null",
        "\"truncation\": {\"direction\": \"Right\", \"max_length\": 4, \"strategy\": \"LongestFirst\", \"stride\": 0}");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.encode(MIXED, true).length).isGreaterThan(4);
    }
  }

  @Test
  void offsetsPointAtTheTextOfEachToken() {
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      Encoding encoding = tokenizer.encodeWithOffsets(MIXED, false);
      assertThat(encoding.ids()).isEqualTo(tokenizer.encode(MIXED, false));
      StringBuilder joined = new StringBuilder();
      int end = 0;
      for (int i = 0; i < encoding.length(); i++) {
        // The bytes of one character all point at the whole character.
        assertThat(encoding.starts()[i]).isIn(end, i == 0 ? end : encoding.starts()[i - 1]);
        if (encoding.starts()[i] == end) {
          joined.append(MIXED, encoding.starts()[i], encoding.ends()[i]);
        }
        end = encoding.ends()[i];
      }
      assertThat(joined.toString()).isEqualTo(MIXED);
    }
  }

  @Test
  void tokensAndIdsAreFoundBothWays() {
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      int id = tokenizer.tokenToId("<|im_end|>").orElseThrow();
      assertThat(tokenizer.idToToken(id)).contains("<|im_end|>");
      assertThat(tokenizer.encode("<|im_end|>", false)).containsExactly(id);
      assertThat(tokenizer.tokenToId("nothing such")).isEmpty();
      assertThat(tokenizer.idToToken(-1)).isEmpty();
      assertThat(tokenizer.idToToken(tokenizer.vocabSize())).isEmpty();
      assertThat(tokenizer.stopIds()).containsExactly(id);
    }
  }

  @Test
  void anUnpairedSurrogateIsRefused() {
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThatThrownBy(() -> tokenizer.encode("a\uD800b", false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\\ud800");
    }
  }

  @Test
  void aTokenizerThatIsClosedSaysSo() {
    HfTokenizer tokenizer = HfTokenizer.load(folder);
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a", false)).hasMessageContaining("closed");
  }

  @Test
  void tokensThatOnlyTheConfigurationNamesAreAdded() throws IOException {
    edit(
        "tokenizer_config.json",
        "\"bos_token\" : null",
        "\"bos_token\": {\"__type\": \"AddedToken\", \"content\": \"[BOS]\", \"special\": true}");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.specialTokens().bos()).contains("[BOS]");
      int id = tokenizer.tokenToId("[BOS]").orElseThrow();
      assertThat(id).isEqualTo(tokenizer.vocabSize() - 1);
      assertThat(tokenizer.encode("[BOS]a", false)).startsWith(id);
    }
  }

  @Test
  void theSpecialTokensMapCountsWhereTheConfigurationListsNoTokens() throws IOException {
    Files.writeString(
        folder.resolve("special_tokens_map.json"),
        "{\"eos_token\": {\"content\": \"<|endoftext|>\", \"lstrip\": false}}");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.specialTokens().eos()).contains("<|im_end|>");
    }
    edit("tokenizer_config.json", "added_tokens_decoder", "unused");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.specialTokens().eos()).contains("<|endoftext|>");
    }
  }

  @Test
  void stopIdsComeFromTheGenerationConfigFirst() throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 7]}");
    Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 9}");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      assertThat(tokenizer.stopIds()).containsExactly(5, 7);
    }
  }

  private String rendered(boolean tools) {
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      return tokenizer
          .chat()
          .render(
              ChatTokenizer.userMessage("x"),
              tools ? List.of(Map.of("name", "f")) : null,
              Map.of(),
              false)
          .text();
    }
  }

  @Test
  void templateFilesBeatTheConfigurationAndToolsHaveTheirOwn() throws IOException {
    assertThat(rendered(true)).isEqualTo("default");
    edit(
        "tokenizer_config.json",
        "\"{{ 'default' }}\"",
        "[{\"name\": \"default\", \"template\": \"d\"}, {\"name\": \"tool_use\", \"template\": \"t\"}]");
    assertThat(rendered(false)).isEqualTo("d");
    assertThat(rendered(true)).isEqualTo("t");
    Files.writeString(folder.resolve("chat_template.jinja"), "file\r\nx");
    assertThat(rendered(true)).isEqualTo("file\nx");
    Files.createDirectory(folder.resolve("additional_chat_templates"));
    Files.writeString(folder.resolve("additional_chat_templates/tool_use.jinja"), "tools");
    assertThat(rendered(true)).isEqualTo("tools");
  }

  @Test
  void templatesSeeSpecialTokensReasoningAndNoNulls() throws IOException {
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{{ eos_token }}{{ messages[0].reasoning_content }}{{ messages[0].content is defined }}{{ extra }}");
    Map<String, Object> message = new HashMap<>();
    message.put("role", "assistant");
    message.put("thinking", "hm");
    message.put("content", null);
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      ChatTokenizer chat = tokenizer.chat();
      assertThat(chat.render(List.of(message), null, Map.of("extra", 1L), false).text())
          .isEqualTo("<|im_end|>hmFalse1");
      assertThatThrownBy(() -> chat.render(List.of(message), null, Map.of("messages", 1L), false))
          .hasMessageContaining("must not hold \"messages\"");
      assertThatThrownBy(() -> chat.render(List.of(), null, Map.of(), false))
          .hasMessageContaining("at least one message");
    }
  }

  @Test
  void aBrokenTemplateNamesItsLine() throws IOException {
    Files.writeString(folder.resolve("chat_template.jinja"), "a\n{% if %}");
    assertThatThrownBy(() -> rendered(false))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("line 2");
  }

  @Test
  void damagedFilesGiveAnErrorThatNamesTheFile() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    String good = Files.readString(file);
    for (String bad : List.of("", "[]", "{}", "{\"model\": 1}", good.substring(0, 400))) {
      Files.writeString(file, bad);
      assertThatThrownBy(() -> HfTokenizer.load(folder))
          .isInstanceOf(TokenizerException.class)
          .hasMessageContaining("tokenizer.json");
    }
    Files.delete(file);
    assertThatThrownBy(() -> HfTokenizer.load(folder)).hasMessageContaining("does not exist");
  }

  @Test
  void piecesOfAGrowingTextJoinToTheWhole() {
    Random random = new Random(3);
    try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
      for (int round = 0; round < 50; round++) {
        String text = MIXED.substring(random.nextInt(6)).replace("<|im_end|>", "").repeat(3);
        IncrementalDecoder decoder = new IncrementalDecoder(tokenizer, true);
        StringBuilder joined = new StringBuilder();
        for (int id : tokenizer.encode(text, false)) {
          String piece = decoder.append(id);
          assertThat(piece).doesNotContain("\uFFFD");
          joined.append(piece);
        }
        joined.append(decoder.finish());
        assertThat(joined.toString()).isEqualTo(text);
      }
      // Bytes that never become a character come out in the end.
      IncrementalDecoder decoder = new IncrementalDecoder(tokenizer, true);
      int half = tokenizer.encode("天", false)[0];
      assertThat(decoder.append(half)).isEmpty();
      assertThat(decoder.finish()).isEqualTo("\uFFFD");
    }
  }
}
