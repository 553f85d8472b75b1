/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.GenerationConfig;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HfFolderTest {
  private final Path source;
  private final Path target;

  HfFolderTest(@TempDir Path folder) throws IOException {
    source = Files.createDirectories(folder.resolve("source"));
    target = Files.createDirectories(folder.resolve("target"));
  }

  @Test
  void everythingButTheWeightsIsCarriedOver() throws IOException {
    Files.writeString(source.resolve("config.json"), "{\"torch_dtype\": \"bfloat16\"}");
    for (String name :
        List.of(
            "tokenizer.json",
            "merges.txt",
            "chat_template.jinja",
            "LICENSE",
            "LICENSE.txt",
            "model.safetensors",
            "README.md",
            "training_args.bin",
            "optimizer.pt")) {
      Files.writeString(source.resolve(name), name);
    }
    Files.createDirectories(source.resolve("additional_chat_templates"));
    Files.writeString(source.resolve("additional_chat_templates/rag.jinja"), "{{ 1 }}");
    assertThat(HfFolder.carryOver(source, target, DType.FLOAT32))
        .containsExactly(
            "LICENSE",
            "LICENSE.txt",
            "additional_chat_templates/rag.jinja",
            "chat_template.jinja",
            "config.json",
            "merges.txt",
            "tokenizer.json");
    assertThat(target.resolve("merges.txt")).hasContent("merges.txt");
    assertThat(target.resolve("additional_chat_templates/rag.jinja")).hasContent("{{ 1 }}");
    assertThat(target.resolve("config.json")).hasContent("{\"torch_dtype\": \"float32\"}");
  }

  @Test
  void onlyTheElementTypeOfAConfigChanges() throws IOException {
    assertThat(
            rewritten(
                "{ \"z\": 1e-06, \"torch_dtype\"  :  \"bfloat16\" , \"a\": {\"dtype\": \"x\"},"
                    + "\t\"b\": [NaN, 1.0], \"dtype\": null}  "))
        .isEqualTo(
            "{ \"z\": 1e-06, \"torch_dtype\"  :  \"float16\" , \"a\": {\"dtype\": \"x\"},"
                + "\t\"b\": [NaN, 1.0], \"dtype\": \"float16\"}  ");
    assertThat(rewritten("{\"a\": 1}")).isEqualTo("{\n  \"dtype\": \"float16\",\"a\": 1}");
    assertThat(rewritten("{}")).isEqualTo("{\n  \"dtype\": \"float16\"\n}");
    assertThat(rewritten("{\"dtype\": \"a\\\"b\", \"\u4e2d\ud83d\ude00\": 2}"))
        .isEqualTo("{\"dtype\": \"float16\", \"\u4e2d\ud83d\ude00\": 2}");
    assertThatThrownBy(() -> rewritten("{\"dtype\": {}}")).isInstanceOf(ModelConfigException.class);
    assertThatThrownBy(() -> rewritten("{\"dtype\": 1")).isInstanceOf(ModelConfigException.class);
  }

  private String rewritten(String config) throws IOException {
    Files.writeString(source.resolve("config.json"), config);
    HfFolder.carryOver(source, target, DType.FLOAT16);
    return Files.readString(target.resolve("config.json"));
  }

  @Test
  void generationSettingsFallBackToTheConfiguration() throws IOException {
    ModelConfig config =
        ModelConfig.of(Architecture.LLAMA, Map.of("eos_token_id", 5, "pad_token_id", 6));
    assertThat(GenerationConfig.read(source, config))
        .isEqualTo(new GenerationConfig(1, List.of(5), 6));
    Files.writeString(
        source.resolve("generation_config.json"),
        "{\"eos_token_id\": [7, 8], \"bos_token_id\": null, \"temperature\": 0.7}");
    assertThat(GenerationConfig.read(source, config))
        .isEqualTo(new GenerationConfig(null, List.of(7, 8), 6));
    Files.writeString(source.resolve("generation_config.json"), "{\"eos_token_id\": \"x\"}");
    assertThatThrownBy(() -> GenerationConfig.read(source, config))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("eos_token_id: found \"x\"");
  }

  @Test
  void aModelCardHasFrontMatterAndFacts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("beta", 0.1);
    facts.put("data", "a|b\nc");
    ModelCard card =
        new ModelCard("My \"model\"", "Qwen/Qwen2.5-0.5B-Instruct", List.of("dpo"), facts);
    assertThat(card.format())
        .startsWith("---\nbase_model: \"Qwen/Qwen2.5-0.5B-Instruct\"\nlibrary_name: transformers\n")
        .contains("model_name: \"My \\\"model\\\"\"\n")
        .contains("tags:\n- dpo4j\n- \"dpo\"\n---\n")
        .contains("| beta | 0.1 |\n| data | a\\|b c |\n");
    assertThat(new ModelCard("m", null, List.of(), Map.of()).format())
        .doesNotContain("base_model:")
        .contains("a fine-tuned version of a model that has no page on the Hub");
  }

  @Test
  void onlyAFolderOfTheCacheHasANameOnTheHub() {
    String snapshot = absolute("hub/models--Qwen--Qwen2.5-0.5B/snapshots/" + "a".repeat(40));
    assertThat(HubSnapshots.name(snapshot)).contains("Qwen/Qwen2.5-0.5B");
    assertThat(HubSnapshots.shareable(snapshot)).isEqualTo("Qwen/Qwen2.5-0.5B");
    for (String path : List.of("models/tiny", "./models/tiny", absolute("models/tiny"), "tiny")) {
      assertThat(HubSnapshots.name(path)).isEmpty();
      assertThat(HubSnapshots.shareable(path)).isEqualTo("tiny");
    }
    assertThat(HubSnapshots.shareable(absolute("pairs.jsonl") + ", train[:9]"))
        .isEqualTo("pairs.jsonl, train[:9]");
  }

  @Test
  void aTokenizerConfigOfVersion5BecomesOneThatVersion4LoadsToo() throws IOException {
    Files.writeString(source.resolve("config.json"), "{}");
    Files.writeString(
        source.resolve("tokenizer_config.json"),
        "{\"a\": 1.50, \"tokenizer_class\": \"TokenizersBackend\", \"extra_special_tokens\": [\"<x>\"]}");
    HfFolder.carryOver(source, target, DType.FLOAT32);
    assertThat(target.resolve("tokenizer_config.json"))
        .hasContent(
            "{\n  \"additional_special_tokens\": [\"<x>\"],\"a\": 1.50, \"tokenizer_class\":"
                + " \"PreTrainedTokenizerFast\", \"extra_special_tokens\": {}}");
    String known =
        "{\"tokenizer_class\": \"Qwen2Tokenizer\", \"extra_special_tokens\": {\"a\": \"b\"}}";
    Files.writeString(source.resolve("tokenizer_config.json"), known);
    HfFolder.carryOver(source, target, DType.FLOAT32);
    assertThat(target.resolve("tokenizer_config.json")).hasContent(known);
  }

  @Test
  void theRotaryEmbeddingStandsUnderItsOldNamesToo() throws IOException {
    assertThat(
            rewritten(
                "{\"dtype\": null, \"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}}"))
        .startsWith("{\n  \"rope_theta\": 500000.0,\"dtype\"");
    assertThat(
            rewritten(
                "{\"rope_parameters\": {\"rope_theta\": 1, \"rope_type\": \"yarn\", \"factor\": 2}}"))
        .contains("\"rope_theta\": 1,", "\"rope_scaling\": {\"rope_type\":\"yarn\",\"factor\":2}");
    String both =
        "{\"dtype\": \"float16\", \"rope_theta\": 7, \"rope_parameters\": {\"rope_theta\": 7}}";
    assertThat(rewritten(both)).isEqualTo(both);
  }

  @Test
  void aDiskWithoutRoomForTheModelIsRefusedBeforeTraining() throws IOException {
    OutputFolder.requireSpace(target, 1);
    assertThatThrownBy(() -> OutputFolder.requireSpace(target, 2_000_000, 500_000))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(target.toString(), "0.5 MB free", "takes 2.0 MB", "make room");
    assertThatThrownBy(() -> OutputFolder.requireSpace(target, Long.MAX_VALUE))
        .hasMessageContaining("MB free");
  }

  @Test
  void anOutputFolderThatIsNotEmptyIsRefused() throws IOException {
    Path made = target.resolve("a/b");
    OutputFolder.prepare(made, false);
    assertThat(made).isEmptyDirectory();
    OutputFolder.prepare(made, false);
    for (int i = 0; i < 7; i++) {
      Files.createFile(made.resolve("f" + i));
    }
    assertThatThrownBy(() -> OutputFolder.prepare(made, false))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining(made.toString())
        .hasMessageContaining("f0, f1, f2, f3, f4, ...")
        .hasMessageContaining("overwrite_output_dir");
    OutputFolder.prepare(made, true);
    assertThatThrownBy(() -> OutputFolder.prepare(made.resolve("f0"), true))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("is a file");
  }

  private static String absolute(String path) {
    return Path.of(path).toAbsolutePath().toString();
  }
}
