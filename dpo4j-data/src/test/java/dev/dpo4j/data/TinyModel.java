/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes a small byte-level tokenizer with a ChatML template into a folder. */
public final class TinyModel {
  static final String CHATML =
      """
      {%- for message in messages %}
      {{- '<|im_start|>' + message['role'] + '\\n' }}
      {%- if message['role'] == 'assistant' %}
      {%- generation %}{{- message['content'] + '<|im_end|>' }}{% endgeneration %}
      {%- else %}{{- message['content'] + '<|im_end|>' }}{% endif %}
      {{- '\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}""";

  private TinyModel() {}

  public static HfTokenizer load(Path folder) throws IOException {
    return load(folder, CHATML);
  }

  public static HfTokenizer load(Path folder, String template) throws IOException {
    new BpeTrainer(300, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
        .train(List.of("the sky is blue and the sea is blue too", "hello there"))
        .save(folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", template, 1024));
    return HfTokenizer.load(folder);
  }
}
