/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.checkpoint.CheckpointException;
import dev.dpo4j.checkpoint.Manifest;
import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TinyModel;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.gguf.GgufBuilder;
import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.io.Mutations;
import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TokenizerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages every kind of file that comes from elsewhere, thousands of times: what follows is a
 * result or the documented exception, in bounded time and in the memory of the test.
 *
 * <p>Further mutations of safetensors, GGUF heads, config.json and rows are made by the tests of
 * their readers.
 */
@Timeout(600)
final class HostileInputTest {
  private final Path folder;

  HostileInputTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void tokenizerFiles() throws IOException {
    TinyModel.load(folder).close();
    SplittableRandom random = new SplittableRandom(5);
    int loaded = 0;
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int round = 0; round < 750; round++) {
        Files.write(file, Mutations.of(good, random));
        try (HfTokenizer tokenizer = HfTokenizer.load(folder)) {
          int[] ids = tokenizer.encode("hello <|im_end|> 你好", true);
          tokenizer.decode(ids, false);
          loaded++;
        } catch (TokenizerException e) {
          assertThat(e).as("%s, round %d", name, round).message().isNotBlank();
        }
      }
      Files.write(file, good);
    }
    assertThat(loaded).isBetween(1, 1499);
  }

  @Test
  void ggufFilesWithTokenizerAndWeights() throws IOException {
    byte[] good =
        GgufBuilder.tiny("llama")
            .llamaTensors()
            .put("tokenizer.ggml.model", "gpt2")
            .put("tokenizer.ggml.pre", "smollm")
            .put("tokenizer.ggml.tokens", List.of("a", "b", "<end>", "c", "ab"))
            .put("tokenizer.ggml.token_type", List.of(1, 1, 3, 1, 1))
            .put("tokenizer.ggml.merges", List.of("a b"))
            .put("tokenizer.chat_template", "{{ messages[0].content }}")
            .build();
    Path file = folder.resolve("model.gguf");
    SplittableRandom random = new SplittableRandom(6);
    int loaded = 0;
    for (int round = 0; round < 1500; round++) {
      Files.write(file, Mutations.of(good, random));
      try (HfTokenizer tokenizer = HfTokenizer.load(file);
          ModelWeights weights = ModelWeights.open(file, ModelConfig.read(file))) {
        tokenizer.encode("abc<end>", true);
        weights.tensors().keySet().forEach(weights::bytes);
        loaded++;
      } catch (ModelFileException | TokenizerException e) {
        assertThat(e).as("round %d", round).message().contains("model.gguf");
      }
    }
    assertThat(loaded).isBetween(1, 1499);
  }

  @Test
  void yamlConfigurations() {
    byte[] good =
        bytes(
            """
            # comment
            model_name_or_path: "models/x"
            dataset_name: pairs.jsonl
            loss_type: [sigmoid, sft]
            loss_weights: [1.0, 0.5]
            lr_scheduler_kwargs: {"min_lr": 1e-7}
            lr_scheduler_type: cosine_with_min_lr
            learning_rate: 5e-7
            max_steps: 20
            bf16: false
            output_dir: |
              out
            """);
    SplittableRandom random = new SplittableRandom(7);
    int bound = 0;
    for (int round = 0; round < 3000; round++) {
      String damaged = text(Mutations.of(good, random));
      try {
        DpoConfig config =
            DpoConfig.binder().bind(YamlSource.parse(damaged, "run.yaml"), List.of()).value();
        assertThat(config.toYaml()).isNotBlank();
        bound++;
      } catch (ConfigException e) {
        assertThat(e.faults()).as("round %d", round).isNotEmpty();
      }
    }
    assertThat(bound).isBetween(1, 2999);
  }

  @Test
  void chatTemplates() {
    byte[] good =
        bytes(
            """
            {%- macro turn(m, i=0) %}{{ '<|im_start|>' + m.role }}
            {{ m['content'] | trim }}{% endmacro -%}
            {%- set ns = namespace(n=0) %}
            {%- for m in messages[1:] if m.role != 'x' %}{{ turn(m) }}{% set ns.n = ns.n + 1 %}
            {%- if loop.first and tools is defined %}{{ tools | tojson(indent=2) }}{% endif %}
            {%- else %}{{ raise_exception('none') }}{% endfor %}
            {{- messages | map(attribute='role') | join(',') ~ ('%5d' % ns.n) ~ 'ab' * 3 }}""");
    List<Map<String, Object>> messages =
        IntStream.range(0, 3)
            .mapToObj(i -> Map.<String, Object>of("role", "user", "content", " text " + i))
            .toList();
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("messages", messages);
    variables.put("tools", List.of(Map.of("name", "f")));
    SplittableRandom random = new SplittableRandom(8);
    int rendered = 0;
    for (int round = 0; round < 4000; round++) {
      try {
        ChatTemplate.compile(text(Mutations.of(good, random))).render(variables);
        rendered++;
      } catch (TemplateException e) {
        assertThat(e).as("round %d", round).message().isNotBlank();
      }
    }
    assertThat(rendered).isBetween(1, 3999);
  }

  @Test
  void templatesReachNoOtherFile() throws IOException {
    Files.writeString(folder.resolve("secret"), "secret");
    for (String form : List.of("include", "import", "extends")) {
      String source = "{% " + form + " '" + folder.resolve("secret") + "' %}";
      try {
        String made = ChatTemplate.compile(source).render(Map.of()).text();
        assertThat(made).doesNotContain("secret");
      } catch (TemplateException e) {
        assertThat(e).hasMessageContaining(form);
      }
    }
  }

  @Test
  void jsonLines() throws IOException {
    byte[] good =
        bytes(
            """
            {"prompt": [{"role": "user", "content": "sky"}], "chosen": [{"role": "assistant", "content": "blue"}], "rejected": [{"role": "assistant", "content": "é"}], "weight": 0.5}
            {"prompt": "the sea", "chosen": " is blue", "rejected": " is \\u0000 \\ud83d\\ude00", "margin": 1}
            """);
    Path file = folder.resolve("pairs.jsonl");
    SplittableRandom random = new SplittableRandom(9);
    int kept = 0;
    try (HfTokenizer tokenizer = TinyModel.load(Files.createDirectory(folder.resolve("m")))) {
      for (int round = 0; round < 2000; round++) {
        Files.write(file, Mutations.of(good, random));
        try {
          kept +=
              PreferenceRows.read(file, "train")
                  .tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(40))
                  .size();
        } catch (DataException e) {
          assertThat(e).as("round %d", round).message().contains("pairs.jsonl");
        }
      }
    }
    assertThat(kept).isPositive();
  }

  @Test
  void checkpointState() throws IOException {
    new ResumeState(
            new ResumeState.Progress(7, 1.75, 12, 4711, 0.5, 5e-7),
            new ResumeState.Sampler(42, 1, 6, "ab"),
            new MetricAccumulator.State(2, 0.25, Map.of("a", Double.NaN), Map.of("a", 3)),
            null,
            new ResumeState.Origin("c", "d", "e", "v"))
        .write(folder);
    Manifest.write(folder);
    SplittableRandom random = new SplittableRandom(10);
    for (String name : List.of(ResumeState.FILE_NAME, Manifest.FILE_NAME)) {
      Path file = folder.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int round = 0; round < 1000; round++) {
        Files.write(file, Mutations.of(good, random));
        Manifest.faults(folder);
        try {
          ResumeState.read(folder);
        } catch (CheckpointException e) {
          assertThat(e).as("round %d", round).message().contains(ResumeState.FILE_NAME);
        }
      }
      Files.write(file, good);
    }
    assertThat(Manifest.faults(folder)).isEmpty();
  }
}
