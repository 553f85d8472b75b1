/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files with the keys and the kinds of values of published recipes start once model, data, output
 * and size are given as flags.
 */
class RecipeRunsTest {
  private static final String HANDBOOK_SFT =
      """
      model_name_or_path: org/base-7b
      model_revision: main
      torch_dtype: bfloat16
      attn_implementation: flash_attention_2
      use_peft: true
      load_in_4bit: true
      lora_r: 4
      lora_alpha: 4
      lora_dropout: 0.05
      lora_target_modules: [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]
      chat_template: "{% for m in messages %}\\n{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + eos_token }}\\n{% if loop.last and add_generation_prompt %}\\n{{ '<|im_start|>assistant' }}\\n{% endif %}\\n{% endfor %}"
      eos_token: <|im_end|>
      dataset_mixture:
        datasets:
          - id: org/chat
            config: all
            split: train
            columns: [messages]
            weight: 0.25
        seed: 0
        test_split_size: 1000
      dataset_num_proc: 12
      bf16: true
      do_eval: true
      eval_strategy: epoch
      gradient_accumulation_steps: 2
      gradient_checkpointing: true
      gradient_checkpointing_kwargs: {use_reentrant: false}
      hub_model_id: org/result
      hub_strategy: every_save
      learning_rate: 2.0e-04
      log_level: info
      logging_steps: 5
      logging_strategy: steps
      lr_scheduler_type: cosine
      max_seq_length: 2048
      max_steps: -1
      num_train_epochs: 1
      output_dir: data/result
      overwrite_output_dir: true
      packing: true
      per_device_eval_batch_size: 8
      per_device_train_batch_size: 4
      push_to_hub: true
      remove_unused_columns: true
      report_to:
      - wandb
      save_strategy: "no"
      seed: 42
      warmup_ratio: 0.1
      """;

  private static final String LLAMA_FACTORY_DPO =
      """
      ### model
      model_name_or_path: org/base
      trust_remote_code: true
      ### method
      stage: dpo
      do_train: true
      finetuning_type: lora
      lora_rank: 8
      lora_target: all
      pref_beta: 0.1
      pref_loss: sigmoid
      ### dataset
      dataset: dpo_en_demo
      template: chatml
      cutoff_len: 2048
      max_samples: 1000
      preprocessing_num_workers: 16
      dataloader_num_workers: 4
      ### output
      output_dir: saves/lora
      logging_steps: 10
      save_steps: 500
      plot_loss: true
      overwrite_output_dir: true
      save_only_model: false
      report_to: none
      ### train
      per_device_train_batch_size: 1
      gradient_accumulation_steps: 8
      learning_rate: 5.0e-6
      num_train_epochs: 3.0
      lr_scheduler_type: cosine
      warmup_ratio: 0.1
      bf16: true
      ddp_timeout: 180000000
      resume_from_checkpoint: null
      """;

  private static final String AXOLOTL_DPO =
      """
      base_model: org/base
      model_type: AutoModelForCausalLM
      tokenizer_type: AutoTokenizer
      load_in_4bit: true
      chat_template: chatml
      rl: dpo
      datasets:
        - path: org/pairs
          split: train
          type: chatml.intel
      val_set_size: 0.25
      output_dir: ./outputs/dpo
      adapter: qlora
      sequence_len: 2048
      lora_r: 8
      lora_alpha: 16
      lora_dropout: 0.05
      lora_target_linear: true
      lora_target_modules: [gate_proj, down_proj]
      wandb_project:
      gradient_accumulation_steps: 4
      micro_batch_size: 16
      num_epochs: 6
      optimizer: adamw_bnb_8bit
      lr_scheduler: cosine
      learning_rate: 0.0001
      bf16: auto
      tf32: false
      gradient_checkpointing: true
      logging_steps: 1
      flash_attention: true
      warmup_ratio: 0.1
      evals_per_epoch: 4
      saves_per_epoch: 1
      weight_decay: 0.0
      special_tokens:
        bos_token: "<|im_start|>"
        eos_token: "<|im_end|>"
        pad_token: "<|endoftext|>"
      """;

  @TempDir private Path folder;
  private Path model = Path.of("");
  private String err = "";

  @BeforeEach
  void write() throws IOException {
    model = TinyModel.write(folder);
    StringBuilder pairs = new StringBuilder();
    StringBuilder chats = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      String turn = "{\"role\": \"%s\", \"content\": \"%s\"}";
      String user = turn.formatted("user", "a lantern " + i);
      String good = turn.formatted("assistant", "in the window");
      String bad = turn.formatted("assistant", "no idea");
      pairs.append(
          "{\"prompt\": [%s], \"chosen\": [%s], \"rejected\": [%s]}%n".formatted(user, good, bad));
      chats.append("{\"messages\": [%s, %s, %s, %s]}%n".formatted(user, good, user, good));
    }
    Files.writeString(folder.resolve("pairs.jsonl"), pairs);
    Files.writeString(folder.resolve("chats.jsonl"), chats);
  }

  private int start(String method, String recipe, String data, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("recipe.yaml"), recipe);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                method,
                "--config=" + file,
                "--model_name_or_path=" + model,
                "--dataset_name=" + folder.resolve(data),
                "--output_dir=" + folder.resolve("out"),
                "--max_steps=1",
                "--max_length=64",
                "--per_device_train_batch_size=2",
                "--push_to_hub=false"));
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    err = console.err();
    return code;
  }

  @Test
  void aRecipeOfTheHandbookTrainsWithItsTemplate() throws IOException {
    assertThat(start("sft", HANDBOOK_SFT, "chats.jsonl", "--dry_run=true")).as(err).isZero();
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(start("sft", HANDBOOK_SFT, "chats.jsonl")).as(err).isZero();
    assertThat(folder.resolve("out/chat_template.jinja")).content().contains("loop.last");
    assertThat(err).contains("no effect here: attn_implementation", "hub_model_id");
  }

  @Test
  void aRecipeOfLlamaFactoryTrains() throws IOException {
    assertThat(start("dpo", LLAMA_FACTORY_DPO, "pairs.jsonl", "--dry_run=true")).as(err).isZero();
    assertThat(start("dpo", LLAMA_FACTORY_DPO, "pairs.jsonl")).as(err).isZero();
    assertThat(folder.resolve("out/config.yaml"))
        .content()
        .contains("lora_alpha: 16", "truncation_mode: share");
  }

  @Test
  void aRecipeOfAxolotlTrainsAndKeepsItsTokens() throws IOException {
    assertThat(start("dpo", AXOLOTL_DPO, "pairs.jsonl")).as(err).isZero();
    assertThat(folder.resolve("out/config.yaml")).content().contains("truncation_mode: drop");
    try (HfTokenizer tokenizer = HfTokenizer.load(folder.resolve("out"))) {
      assertThat(tokenizer.specialTokens().bos()).contains("<|im_start|>");
      assertThat(tokenizer.specialTokens().eos()).contains("<|im_end|>");
    }
  }

  @Test
  void filesOfLlamaFactoryLearnWhatTheAssistantSays() throws IOException {
    String sft = "stage: sft\nfinetuning_type: full\nlearning_rate: 1.0e-3\n";
    assertThat(start("sft", sft, "chats.jsonl")).as(err).isZero();
    Path out = folder.resolve("out");
    byte[] answers = Files.readAllBytes(out.resolve("model.safetensors"));
    assertThat(out.resolve("config.yaml")).content().contains("assistant_only_loss: auto");
    String more = "train_on_prompt: true\n";
    assertThat(start("sft", sft + more, "chats.jsonl", "--overwrite_output_dir=true"))
        .as(err)
        .isZero();
    assertThat(out.resolve("config.yaml")).content().contains("assistant_only_loss: \"false\"");
    assertThat(Files.readAllBytes(out.resolve("model.safetensors"))).isNotEqualTo(answers);
  }
}
