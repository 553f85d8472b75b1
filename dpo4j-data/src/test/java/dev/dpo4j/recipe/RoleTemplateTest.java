/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.recipe.RoleTemplate.Turn;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleTemplateTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "chatml; '<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n'",
        "qwen3; '<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\nA<|im_end|>\n'",
        "default; 'System: S</s>\nHuman: U</s>\nAssistant:A</s>\n'",
        "empty; SUA",
        "llama2; '<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST]A</s>'",
        "llama3; '<s><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>'",
        "mistral; '<s>[INST] S\n\nU[/INST] A</s>'",
        "gemma; '<s><start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n'",
        "phi; '<|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\nA<|end|>\n'",
        "phi4; '<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>U<|im_end|><|im_start|>assistant<|im_sep|>A<|im_end|>'",
      })
  void eachTemplateFramesTheRolesAsItsModelsWereMade(String name, String expected) {
    List<Turn> dialogue =
        List.of(new Turn("system", "S"), new Turn("user", "U"), new Turn("assistant", "A"));
    RoleTemplate template = Objects.requireNonNull(RoleTemplate.find(name));
    assertThat(template.render(dialogue, "<s>", "</s>")).isEqualTo(expected);
  }
}
