/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A tiny chat model with random weights. */
public final class TinyChat {
  private static final String TEMPLATE =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  /** An answer ends where its tokens are counted out, and nowhere else. */
  static final StopRules NEVER = new StopRules(Set.of(), List.of());

  private TinyChat() {}

  /** Draws a prompt of so many tokens. */
  static int[] prompt(int length, long seed) {
    return new Random(seed).ints(length, 10, 260).toArray();
  }

  /** Writes and loads a model with weights of a seed, all multiplied by a factor. */
  public static LanguageModel load(Path folder, long seed, float factor) throws IOException {
    return load(folder, seed, factor, Architecture.QWEN2, Map.of());
  }

  /** The same of an architecture, with further fields of its configuration. */
  static LanguageModel load(
      Path folder, long seed, float factor, Architecture architecture, Map<String, Object> more)
      throws IOException {
    Files.createDirectories(folder);
    ByteLevelBpe vocabulary =
        new BpeTrainer(400, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
            .train(List.of("a lantern in the window of the house", "{\"a\": 1, \"b\": [true]}"));
    vocabulary.save(
        folder, new ByteLevelBpe.ChatSettings("<|im_end|>", "<|endoftext|>", TEMPLATE, 512));
    Map<String, Object> fields = new TreeMap<>();
    fields.put("vocab_size", vocabulary.vocabSize());
    fields.put("hidden_size", 32);
    fields.put("intermediate_size", 64);
    fields.put("num_hidden_layers", 2);
    fields.put("num_attention_heads", 4);
    fields.put("num_key_value_heads", 2);
    fields.put("max_position_embeddings", 512);
    fields.put("rope_theta", 1e4);
    fields.put("tie_word_embeddings", true);
    fields.put("eos_token_id", vocabulary.specialId("<|im_end|>"));
    fields.putAll(more);
    ModelConfig config = ModelConfig.of(architecture, fields);
    Files.writeString(folder.resolve(ModelConfig.FILE_NAME), config.toJson(DType.FLOAT32));
    Random random = new Random(seed);
    List<TensorSpec> specs = WeightNames.of(config, DType.FLOAT32);
    try (SafetensorsWriter writer =
        new SafetensorsWriter(
            folder.resolve("model.safetensors"), specs, SafetensorsWriter.PYTORCH_METADATA)) {
      for (TensorSpec spec : specs) {
        int count = Math.toIntExact(spec.elementCount());
        ByteBuffer buffer = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
          float norm = spec.shape().length == 1 ? 1 : 0;
          buffer.putFloat(factor * (norm + (float) random.nextGaussian() * 0.15f));
        }
        writer.write(spec.name(), buffer.flip());
      }
    }
    return LanguageModel.load(folder);
  }
}
