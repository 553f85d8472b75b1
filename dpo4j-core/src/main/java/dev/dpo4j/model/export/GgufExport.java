/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.gguf.GgufQuantisation;
import dev.dpo4j.gguf.GgufType;
import dev.dpo4j.gguf.GgufWriter;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.RopeConfig;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.tokenizer.GgufVocabulary;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Writes a model as one GGUF file: configuration, weights, tokenizer and chat template, such that
 * llama.cpp computes what the model computes, up to the rounding of its weights.
 */
public final class GgufExport {
  private static final int QUANTIZATION_VERSION = 2;
  private static final Pattern PHI_NAME = Pattern.compile("phi-?3", Pattern.CASE_INSENSITIVE);
  private static final List<String> PHI_TOKENS = List.of("</s>", "<unk>", "<s>", "<|endoftext|>");

  private final ModelConfig config;
  private final HfTokenizer tokenizer;
  private final GgufKeys keys;

  /**
   * Checks that llama.cpp has such a model.
   *
   * @throws dev.dpo4j.model.family.ModelConfigException with all that it cannot compute
   */
  public GgufExport(ModelConfig config, HfTokenizer tokenizer) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.keys = GgufKeys.of(config);
  }

  /** What llama.cpp will compute otherwise, beyond some length, in sentences; mostly nothing. */
  public List<String> notes() {
    return List.copyOf(keys.notes());
  }

  /**
   * Writes a model whose weights are in memory.
   *
   * @param target the file
   * @param name what the model is called
   * @throws IOException when the file cannot be written
   * @throws dev.dpo4j.tokenizer.TokenizerException when llama.cpp knows no such tokenizer
   */
  public void write(Path target, String name, ParameterStore weights, GgufQuantisation quantisation)
      throws IOException {
    write(target, name, new StoreSource(weights), quantisation);
  }

  /**
   * Writes a model tensor by tensor, without holding it in memory.
   *
   * @param weights tensors under the names of a Hugging Face folder
   * @throws IOException when the file cannot be written
   * @throws dev.dpo4j.tokenizer.TokenizerException when llama.cpp knows no such tokenizer
   */
  public void write(Path target, String name, TensorSource weights, GgufQuantisation quantisation)
      throws IOException {
    Map<String, Object> vocabulary =
        GgufVocabulary.keys(tokenizer, config.vocabSize(), keys.family());
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("general.architecture", keys.family().id());
    head.put("general.type", "model");
    head.put("general.name", shownName(name, vocabulary));
    head.put("general.file_type", quantisation.fileType());
    if (quantisation.type().isPacked()) {
      head.put("general.quantization_version", QUANTIZATION_VERSION);
    }
    head.putAll(keys.keys());
    head.putAll(vocabulary);
    List<GgufTensors.Part> parts = new GgufTensors(keys, config, quantisation).parts();
    Map<String, float[]> factors = ropeFactors();
    try (GgufWriter writer = GgufWriter.create(target)) {
      head.forEach(writer::put);
      factors.forEach((key, values) -> writer.announce(key, GgufType.F32, values.length));
      parts.forEach(part -> writer.announce(part.name(), part.type(), part.shape()));
      OutputFolder.requireRoomForResult(AtomicFile.folder(target), writer.dataBytes());
      writer.begin();
      for (Map.Entry<String, float[]> factor : factors.entrySet()) {
        writer.write(factor.getKey(), List.of(bytes(factor.getValue())).iterator());
      }
      for (GgufTensors.Part part : parts) {
        writer.write(part.name(), GgufTensors.pieces(part, weights));
      }
      writer.commit();
    }
  }

  /**
   * llama.cpp takes the spaces behind Phi-3's marks away, as its tokenizer does, where it finds the
   * family in the name; it then expects these tokens, and cannot load a file without them.
   */
  private String shownName(String name, Map<String, Object> vocabulary) {
    boolean expected =
        vocabulary.get("tokenizer.ggml.tokens") instanceof List<?> tokens
            && tokens.containsAll(PHI_TOKENS);
    boolean named = PHI_NAME.matcher(name).find();
    if (keys.family() == GgufArchitecture.PHI3 && expected && !named) {
      return "Phi-3 " + name;
    }
    return named && !expected ? PHI_NAME.matcher(name).replaceAll("Phi 3") : name;
  }

  /** Divisors of the frequencies, by the name of their tensor. */
  private Map<String, float[]> ropeFactors() {
    Map<String, float[]> factors = new LinkedHashMap<>();
    RopeConfig rope = config.rope();
    if (rope instanceof RopeConfig.Llama3) {
      double[] plain = new RopeConfig.Default(rope.theta()).inverseFrequencies(config.rotaryDim());
      double[] scaled = rope.inverseFrequencies(config.rotaryDim());
      float[] divisors = new float[plain.length];
      for (int i = 0; i < plain.length; i++) {
        divisors[i] = (float) (plain[i] / scaled[i]);
      }
      factors.put("rope_freqs.weight", divisors);
    } else if (rope instanceof RopeConfig.LongRope longRope) {
      factors.put("rope_factors_long.weight", floats(longRope.longFactor()));
      factors.put("rope_factors_short.weight", floats(longRope.shortFactor()));
    }
    return factors;
  }

  private static float[] floats(List<Double> values) {
    List<Double> copy = new ArrayList<>(values);
    float[] floats = new float[copy.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = copy.get(i).floatValue();
    }
    return floats;
  }

  static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }
}
