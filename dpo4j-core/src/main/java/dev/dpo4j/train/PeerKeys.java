/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.config.KnownKey;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of TRL 1.16.0 and transformers 5.23.0 that have no effect here.
 *
 * <p>Each is accepted at the values that ask for nothing, so that a file of TRL runs.
 */
public final class PeerKeys {
  private static final String NO_GPU = "there is one device, the CPU";
  private static final String NO_BITS = "weights are float32 in memory, whatever their file has";
  private static final String NO_TRACKER = "metrics go to metrics.jsonl and trainer_state.json";
  private static final String NO_HUB =
      "the library uploads nothing, the command line does: see docs/how-to/use-the-hub.md";
  private static final String NO_PADDING = "batches are flat rows without padding";
  private static final String NO_DATASETS = "dataset_name takes a file, a folder or a glob";

  private PeerKeys() {}

  /** Returns all of them. */
  public static List<KnownKey> all() {
    List<KnownKey> keys = new ArrayList<>();
    keys.addAll(model());
    keys.addAll(data());
    keys.addAll(precision());
    keys.addAll(logging());
    keys.addAll(saving());
    keys.addAll(machine());
    return List.copyOf(keys);
  }

  private static KnownKey key(String name, String hint, String... neutral) {
    return new KnownKey(name, List.of(neutral), hint);
  }

  /** Returns them with those that only TRL's SFT has. */
  public static List<KnownKey> sft() {
    List<KnownKey> keys = new ArrayList<>(all());
    String template = "the template of the model folder is taken";
    keys.addAll(
        List.of(
            key("dataset_text_field", "a whole text stands in the column text", "text"),
            key("dataset_kwargs", NO_DATASETS, "null", "{}"),
            key("chat_template_path", template, "null"),
            key("eos_token", "the tokenizer's is taken", "null"),
            key("shuffle_dataset", "use train_sampling_strategy", "false"),
            key("packing", NO_PADDING, "false"),
            key("packing_strategy", NO_PADDING, "bfd"),
            key("eval_packing", NO_PADDING, "null", "false")));
    return List.copyOf(keys);
  }

  private static List<KnownKey> model() {
    String bf16 = "use dtype for the weights that an adapter leaves alone, bf16 for compute";
    return List.of(
        key("torch_dtype", "its name is dtype now", "null"),
        key("model_revision", "a folder has no revision", "main"),
        key("model_init_kwargs", bf16, "null", "{}"),
        key("trust_remote_code", "no code of a model is ever run", "false"),
        key("attn_implementation", "attention is always exact", "null", "sdpa", "eager"),
        key("router_aux_loss_coef", "mixtures of experts are not supported", "null"),
        key("lora_target_parameters", "use lora_target_modules", "null"),
        key("lora_task_type", "all models are causal language models", "causal_lm"),
        key("load_in_8bit", NO_BITS, "false"),
        key("load_in_4bit", NO_BITS, "false"),
        key("bnb_4bit_quant_type", NO_BITS, "nf4"),
        key("use_bnb_nested_quant", NO_BITS, "false"),
        key("bnb_4bit_quant_storage", NO_BITS, "null"));
  }

  private static List<KnownKey> data() {
    String columns = "columns that are not used are left alone";
    return List.of(
        key("dataset_config", NO_DATASETS, "null"),
        key("dataset_streaming", NO_DATASETS, "false"),
        key("streaming", NO_DATASETS, "false"),
        key("datasets", "use dataset, which names entries of dataset_info.json", "[]", "null"),
        key("test_split_size", "slice the splits, such as train[:90%]", "null"),
        key("dataset_num_proc", "rows are read by one thread", "null", "1"),
        key("ignore_bias_buffers", "", "false"),
        key("padding_free", NO_PADDING, "false"),
        key("pad_to_multiple_of", NO_PADDING, "auto", "null"),
        key("pad_token", NO_PADDING, "null"),
        key("group_by_length", NO_PADDING, "false"),
        key("length_column_name", NO_PADDING, "length"),
        key("precompute_ref_batch_size", "the micro-batch of training is taken", "null"),
        key("remove_unused_columns", columns, "true", "false"),
        key("label_names", columns, "null"),
        key("dataloader_num_workers", "rows are kept in memory", "0"),
        key("dataloader_pin_memory", NO_GPU, "true", "false"),
        key("dataloader_persistent_workers", "", "false"),
        key("dataloader_prefetch_factor", "", "null"),
        key("dataloader_multiprocessing_context", "", "null"),
        key("dataloader_in_order", "rows always come in order", "true"));
  }

  private static List<KnownKey> precision() {
    String tokens = "every row counts alike, whatever the micro-batch";
    return List.of(
        key("fp16", "use bf16 or float32", "false"),
        key("bf16_full_eval", "evaluation computes as training does", "false"),
        key("fp16_full_eval", "evaluation computes as training does", "false"),
        key("tf32", NO_GPU, "null", "false"),
        key("gradient_checkpointing_kwargs", "", "*"),
        key("activation_checkpointing_kwargs", "", "*"),
        key("activation_offloading", NO_GPU, "false"),
        key("torch_compile", "", "false"),
        key("torch_compile_backend", "", "null"),
        key("torch_compile_mode", "", "null"),
        key("use_liger_kernel", "the logits are never held whole", "false"),
        key("liger_kernel_config", "the logits are never held whole", "null"),
        key("torch_empty_cache_steps", NO_GPU, "null"),
        key("auto_find_batch_size", "", "false"),
        key("average_tokens_across_devices", tokens, "true", "false"),
        key("label_smoothing_factor", "use label_smoothing", "0"),
        key("neftune_noise_alpha", "", "null"),
        key("optim_args", "", "null"),
        key("optim_target_modules", "", "null"),
        key("use_cache", "training needs no cache", "false"));
  }

  private static List<KnownKey> logging() {
    return List.of(
        key("report_to", NO_TRACKER, "none", "[]", "null"),
        key("run_name", NO_TRACKER, "null"),
        key("project", NO_TRACKER, "huggingface"),
        key("trackio_space_id", NO_TRACKER, "null"),
        key("trackio_bucket_id", NO_TRACKER, "null"),
        key("trackio_static_space_id", NO_TRACKER, "null"),
        key("log_level", "use DPO4J_LOG_LEVEL", "passive", "info", "warning"),
        key("log_level_replica", NO_GPU, "warning"),
        key("log_on_each_node", NO_GPU, "true", "false"),
        key("logging_nan_inf_filter", "a loss that is not finite stops the run", "false", "true"),
        key("include_num_input_tokens_seen", "num_tokens is always logged", "no", "false"),
        key("disable_tqdm", "progress is shown on a terminal only", "null", "false"),
        key("skip_memory_metrics", "", "true"),
        key("include_for_metrics", "", "[]"),
        key("prediction_loss_only", "", "false"),
        key("eval_delay", "", "0"),
        key("eval_do_concat_batches", "", "true"),
        key("eval_use_gather_object", "", "false"),
        key("eval_accumulation_steps", "", "null"),
        key("batch_eval_metrics", "", "false"),
        key("do_train", "", "true", "false"),
        key("do_eval", "use eval_strategy", "false"),
        key("do_predict", "", "false"));
  }

  private static List<KnownKey> saving() {
    return List.of(
        key("save_on_each_node", NO_GPU, "false"),
        key("save_safetensors", "weights are always safetensors", "true"),
        key("enable_jit_checkpoint", "SIGTERM always saves a checkpoint", "false"),
        key("ignore_data_skip", "a resumed run goes on in the data where it was", "false"),
        key("restore_callback_states_from_checkpoint", "", "false"),
        key("push_to_hub", NO_HUB, "false"),
        key("hub_token", "a token in a file or a command is read by others: set HF_TOKEN", "null"),
        key("hub_private_repo", NO_HUB, "null"),
        key("hub_model_id", NO_HUB, "null"),
        key("hub_strategy", NO_HUB, "every_save", "end"),
        key("hub_always_push", NO_HUB, "false"),
        key("hub_revision", NO_HUB, "null"));
  }

  private static List<KnownKey> machine() {
    return List.of(
        key("use_cpu", NO_GPU, "true", "false"),
        key("full_determinism", "runs are always deterministic", "true", "false"),
        key("accelerator_config", NO_GPU, "null", "{}"),
        key("parallelism_config", NO_GPU, "null"),
        key("ddp_find_unused_parameters", NO_GPU, "null"),
        key("ddp_bucket_cap_mb", NO_GPU, "null"),
        key("ddp_broadcast_buffers", NO_GPU, "null"),
        key("ddp_static_graph", NO_GPU, "null"),
        key("ddp_backend", NO_GPU, "null"),
        key("ddp_timeout", NO_GPU, "1800"),
        key("fsdp", NO_GPU, "null", "[]", ""),
        key("fsdp_config", NO_GPU, "null", "{}"),
        key("deepspeed", NO_GPU, "null"),
        key("debug", "", "[]", ""),
        key("local_rank", NO_GPU, "-1"),
        key("env", "set the environment where the command is started", "{}", "null"));
  }
}
