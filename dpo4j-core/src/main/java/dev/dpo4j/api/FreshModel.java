/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.BpeTrainer;
import dev.dpo4j.tokenizer.ByteLevelBpe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A small Qwen2 model with random weights and a vocabulary of its own, as a Hugging Face folder: it
 * is made in a second, without a network, to try a program on or to test it with.
 */
public final class FreshModel {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final String START = "<|im_start|>";
  private static final String END_OF_TURN = "<|im_end|>";
  private static final int VOCABULARY = 1200;
  private static final int CONTEXT = 256;

  private FreshModel() {}

  /**
   * Writes the folder; files that stand there under the same names are replaced. Load it with
   * {@link Model#load(Path)}.
   *
   * @param texts what the vocabulary is learnt from
   * @param seed decides the weights
   */
  public static void write(Path folder, List<String> texts, long seed) throws IOException {
    JacksonCheck.require();
    Files.createDirectories(folder);
    ByteLevelBpe vocabulary =
        new BpeTrainer(VOCABULARY, List.of(END_OF_TEXT, START, END_OF_TURN)).train(texts);
    vocabulary.save(
        folder, new ByteLevelBpe.ChatSettings(END_OF_TURN, END_OF_TEXT, chatTemplate(), CONTEXT));
    ModelConfig config = ModelConfig.of(Architecture.QWEN2, fields(vocabulary));
    Files.writeString(folder.resolve(ModelConfig.FILE_NAME), config.toJson(DType.FLOAT32));
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"do_sample\": false, \"eos_token_id\": %d, \"pad_token_id\": %d}\n"
            .formatted(vocabulary.specialId(END_OF_TURN), vocabulary.specialId(END_OF_TEXT)));
    writeWeights(folder.resolve("model.safetensors"), config, new Random(seed));
  }

  private static Map<String, Object> fields(ByteLevelBpe vocabulary) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("vocab_size", vocabulary.vocabSize());
    fields.put("hidden_size", 128);
    fields.put("intermediate_size", 384);
    fields.put("num_hidden_layers", 4);
    fields.put("num_attention_heads", 4);
    fields.put("num_key_value_heads", 2);
    fields.put("max_position_embeddings", CONTEXT);
    fields.put("rope_theta", 10000.0);
    fields.put("tie_word_embeddings", true);
    // About 1/sqrt(hidden_size): a narrow model hardly learns from the usual 0.02.
    fields.put("initializer_range", 0.08);
    fields.put("eos_token_id", vocabulary.specialId(END_OF_TURN));
    fields.put("pad_token_id", vocabulary.specialId(END_OF_TEXT));
    return fields;
  }

  private static void writeWeights(Path file, ModelConfig config, Random random)
      throws IOException {
    List<TensorSpec> specs = WeightNames.of(config, DType.FLOAT32);
    try (SafetensorsWriter writer =
        new SafetensorsWriter(file, specs, SafetensorsWriter.PYTORCH_METADATA)) {
      for (TensorSpec spec : specs) {
        writer.write(spec.name(), values(spec, config.initializerRange(), random));
      }
    }
  }

  /** Matrices are normal, norms one, biases zero, as transformers initialises them. */
  private static ByteBuffer values(TensorSpec spec, double range, Random random) {
    int count = Math.toIntExact(spec.elementCount());
    ByteBuffer buffer = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    boolean matrix = spec.shape().length == 2;
    float constant = spec.name().endsWith(".bias") ? 0f : 1f;
    for (int i = 0; i < count; i++) {
      buffer.putFloat(matrix ? (float) (random.nextGaussian() * range) : constant);
    }
    return buffer.flip();
  }

  private static String chatTemplate() throws IOException {
    try (InputStream stream = FreshModel.class.getResourceAsStream("chat_template.jinja")) {
      if (stream == null) {
        throw new IOException("the jar lacks chat_template.jinja; build dpo4j again");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}
