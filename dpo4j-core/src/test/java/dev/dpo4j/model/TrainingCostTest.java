/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.FlatBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingCostTest {
  @Test
  void theCostOfAPairIsThatOfItsSharedLayout(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8,
         "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4,
         "num_key_value_heads": 2, "vocab_size": 100, "rms_norm_eps": 1e-6, "rope_theta": 1e4,
         "max_position_embeddings": 64, "tie_word_embeddings": true}
        """);
    FlatBatch batch =
        FlatBatch.of(
            List.of(
                FlatBatch.Tree.pair(
                    new int[] {1, 2, 3, 4, 5}, new int[] {6, 7, 8}, new int[] {9, 10})));
    // Rows: the prompt once, each answer without its last token: 5 + 2 + 1.
    double layer = 2 * 8 * 8 + 2 * 8 * 4 + 3 * 8 * 16;
    double visible = 5 * 5 / 2.0 + 2 * (5 + 2 / 2.0) + (5 + 1 / 2.0);
    double expected = 6 * 3 * layer * 8 + 6 * 100 * 8 * 5 + 12 * 8 * visible * 3;
    assertThat(TrainingCost.flops(ModelConfig.read(folder), batch)).isEqualTo(expected);
  }
}
