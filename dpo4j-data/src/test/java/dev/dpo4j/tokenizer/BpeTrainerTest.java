/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {
  private static final List<String> SPECIAL =
      List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");
  private static final List<String> CORPUS =
      List.of(
          "low lower lowest low low",
          "the lantern project keeps the lights on",
          "灯笼项目让灯一直亮着。灯笼很亮。",
          "the lantern keeps the project on");

  @Test
  void theMostFrequentPairIsMergedFirst() {
    ByteLevelBpe bpe = new BpeTrainer(259, List.of()).train(List.of("abab ab xy"));

    assertThat(bpe.merges()).startsWith(new ByteLevelBpe.Merge("a", "b"));
    assertThat(bpe.tokens().get(256)).isEqualTo("ab");
  }

  @Test
  void learningStopsWhenNoPairOccursTwice() {
    ByteLevelBpe bpe = new BpeTrainer(5000, SPECIAL).train(List.of("abc"));

    assertThat(bpe.merges()).isEmpty();
    assertThat(bpe.vocabSize()).isEqualTo(256 + SPECIAL.size());
  }

  @Test
  void theSameCorpusInAnyOrderGivesTheSameVocabulary() {
    List<String> turned = List.of(CORPUS.get(3), CORPUS.get(1), CORPUS.get(2), CORPUS.get(0));
    BpeTrainer trainer = new BpeTrainer(400, SPECIAL);

    assertThat(trainer.train(turned)).isEqualTo(trainer.train(CORPUS));
  }

  @Test
  void specialTokensTakeTheLastIds() {
    ByteLevelBpe bpe = new BpeTrainer(270, SPECIAL).train(CORPUS);

    assertThat(bpe.vocabSize()).isEqualTo(270);
    assertThat(bpe.specialId("<|endoftext|>")).isEqualTo(267);
    assertThat(bpe.specialId("<|im_end|>")).isEqualTo(269);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bpe.specialId("<s>"))
        .withMessageContaining("<s>");
  }

  @Test
  void aVocabularyWithoutRoomForTheBytesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BpeTrainer(258, SPECIAL))
        .withMessageContaining("at least 259")
        .withMessageContaining("258");
  }

  @Test
  void theRustLibraryLoadsTheFileAndGivesEveryComposedTextBack(@TempDir Path folder)
      throws IOException {
    ByteLevelBpe bpe = new BpeTrainer(400, SPECIAL).train(CORPUS);
    bpe.save(folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "{{ '' }}", 64));
    Map<String, String> options =
        Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"), options)) {
      for (String text :
          List.of(
              "the lantern keeps on",
              "灯笼项目，你好！",
              "é 👩‍🚀 🇨🇭 \u0000\t\r\n\n  two  spaces ",
              "it's 2026: don't",
              "")) {
        Encoding encoding = tokenizer.encode(text, false, false);
        assertThat(tokenizer.decode(encoding.getIds(), false)).isEqualTo(text);
      }
      assertThat(tokenizer.encode("e\u0301", false, false).getIds())
          .isEqualTo(tokenizer.encode("é", false, false).getIds());
      assertThat(tokenizer.encode("<|im_start|>the<|im_end|>", false, false).getIds())
          .startsWith(bpe.specialId("<|im_start|>"))
          .endsWith(bpe.specialId("<|im_end|>"))
          .hasSize(3);
    }
  }

  @Test
  void theConfigNamesTheSpecialTokensAndCarriesTheTemplate(@TempDir Path folder)
      throws IOException {
    ByteLevelBpe bpe = new BpeTrainer(300, SPECIAL).train(CORPUS);
    bpe.save(folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", "{{ 'x' }}", 64));

    assertThat(Files.readString(folder.resolve("tokenizer_config.json")))
        .contains("\"eos_token\" : \"<|im_end|>\"")
        .contains("\"pad_token\" : \"<|endoftext|>\"")
        .contains("{{ 'x' }}");
    assertThat(folder.resolve("tokenizer.json.tmp")).doesNotExist();
  }
}
