/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects a {@link GgufDescription} and all that speaks against it. */
final class GgufDescriber {
  private static final Logger LOG = LoggerFactory.getLogger(GgufDescriber.class);

  /** Far below what 4-bit rounding leaves of the likeness of a matrix to itself, about 0.995. */
  private static final double SAME_MATRIX = 0.98;

  private static final int COMPARED_ROWS = 64;

  /** How converters compute Llama 3.1's frequency factors; the file keeps only the result. */
  private static final double LLAMA3_LENGTH = 8192;

  private static final double LLAMA3_LOW = 1;
  private static final double LLAMA3_HIGH = 4;

  private final GgufFile file;
  private final String architecture;
  private final List<String> faults = new ArrayList<>();
  private final Map<String, Object> fields = new LinkedHashMap<>();

  GgufDescriber(GgufFile file) {
    this.file = file;
    this.architecture = file.text("general.architecture").orElse("");
  }

  GgufDescription describe() {
    GgufArchitecture family =
        GgufArchitecture.ofId(architecture)
            .orElseThrow(
                () -> {
                  faults.add(
                      "general.architecture: found \""
                          + architecture
                          + "\", expected one of "
                          + Arrays.stream(GgufArchitecture.values())
                              .map(GgufArchitecture::id)
                              .toList());
                  return faulty();
                });
    refuseUnsupported(family);
    int heads = readShape(family);
    Map<String, Object> rope = readRope();
    GgufFamilyFields own = new GgufFamilyFields(file, family, fields, faults);
    own.read(rope);
    readTokens();
    if (!faults.isEmpty()) {
      throw faulty();
    }
    boolean interleaved = family.hasInterleavedRows();
    String dropped = droppedTensor();
    boolean tied = dropped != null || !file.tensors().containsKey("output.weight");
    fields.put("tie_word_embeddings", tied);
    int keyHeads = ((Long) fields.getOrDefault("num_key_value_heads", 0L)).intValue();
    return new GgufDescription(
        family,
        own.className(),
        fields,
        tied,
        dropped,
        interleaved ? heads : 0,
        interleaved ? keyHeads : 0);
  }

  private GgufException faulty() {
    return new GgufException(
        file.path(),
        (faults.size() == 1 ? "" : faults.size() + " faults:\n  ") + String.join("\n  ", faults),
        "Take another file of the model, or the model as safetensors.");
  }

  private void refuseUnsupported(GgufArchitecture family) {
    if (number("split.count", false, 1) > 1) {
      faults.add("split.count: found a part of a split model, expected a whole one");
    }
    if (family != GgufArchitecture.QWEN3_MOE && number(key("expert_count"), false, 0) > 0) {
      faults.add(key("expert_count") + ": found a mixture of experts, expected none");
    }
  }

  private int readShape(GgufArchitecture family) {
    long hidden = whole(key("embedding_length"), true, 1);
    long heads = whole(key("attention.head_count"), true, 1);
    long keyHeads = whole(key("attention.head_count_kv"), false, heads);
    long headDim = whole(key("attention.key_length"), false, Math.max(1, hidden / heads));
    if (whole(key("attention.value_length"), false, headDim) != headDim) {
      faults.add(key("attention.value_length") + ": differs from key_length, " + headDim);
    }
    GgufTensor embedding = file.tensors().get("token_embd.weight");
    if (embedding == null || embedding.shape().length != 2) {
      faults.add("token_embd.weight: the tensor is missing or not a matrix");
    } else {
      fields.put("vocab_size", embedding.shape()[0]);
    }
    fields.put("hidden_size", hidden);
    fields.put("intermediate_size", whole(key("feed_forward_length"), true, 1));
    fields.put("num_hidden_layers", whole(key("block_count"), true, 1));
    fields.put("num_attention_heads", heads);
    fields.put("num_key_value_heads", keyHeads);
    fields.put("head_dim", headDim);
    fields.put("max_position_embeddings", whole(key("context_length"), true, 1));
    fields.put("rms_norm_eps", number(key("attention.layer_norm_rms_epsilon"), true, 1e-6));
    fields.put("hidden_act", "silu");
    fields.put("attention_bias", file.tensors().containsKey("blk.0.attn_output.bias"));
    fields.put("mlp_bias", file.tensors().containsKey("blk.0.ffn_down.bias"));
    long rotated = whole(key("rope.dimension_count"), false, headDim);
    boolean partial = family == GgufArchitecture.PHI3 || family == GgufArchitecture.GLM4;
    if (rotated != headDim && !(partial && rotated < headDim)) {
      faults.add(key("rope.dimension_count") + ": found " + rotated + ", expected " + headDim);
    }
    return (int) Math.min(heads, Integer.MAX_VALUE);
  }

  private Map<String, Object> readRope() {
    Map<String, Object> rope = new LinkedHashMap<>();
    rope.put("rope_theta", number(key("rope.freq_base"), false, 10_000));
    String type = file.text(key("rope.scaling.type")).orElse("none");
    GgufTensor factors = file.tensors().get(GgufNames.ROPE_FACTORS);
    switch (type) {
      case "none" -> {
        if (factors == null) {
          rope.put("rope_type", "default");
        } else {
          readLlama3(factors, rope);
        }
      }
      case "linear" -> {
        rope.put("rope_type", "linear");
        rope.put("factor", number(key("rope.scaling.factor"), true, 1));
      }
      case "yarn" -> readYarn(rope);
      default ->
          faults.add(
              key("rope.scaling.type")
                  + ": found \""
                  + type
                  + "\", expected none, linear "
                  + "or yarn");
    }
    fields.put("rope_parameters", rope);
    return rope;
  }

  private void readYarn(Map<String, Object> rope) {
    double factor = number(key("rope.scaling.factor"), true, 1);
    rope.put("rope_type", "yarn");
    rope.put("factor", factor);
    rope.put(
        "original_max_position_embeddings",
        whole(key("rope.scaling.original_context_length"), true, 1));
    copy("rope.scaling.yarn_beta_fast", "beta_fast", rope);
    copy("rope.scaling.yarn_beta_slow", "beta_slow", rope);
    double scale = number(key("rope.scaling.attn_factor"), false, 1);
    if (scale != 1) { // llama.cpp multiplies it to YaRN's own factor, transformers replaces that.
      rope.put("attention_factor", scale * (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1));
    }
    if (number(key("rope.scaling.yarn_log_multiplier"), false, 0) != 0) {
      faults.add(key("rope.scaling.yarn_log_multiplier") + ": is set, expected none");
    }
  }

  private void copy(String from, String to, Map<String, Object> rope) {
    if (file.metadata().containsKey(key(from))) {
      rope.put(to, number(key(from), true, 1));
    }
  }

  /** The factors are accepted if Llama 3.1's own constants give them. */
  private void readLlama3(GgufTensor tensor, Map<String, Object> rope) {
    int count = (int) Math.min(tensor.columns(), 1 << 20);
    float[] factors = new float[count];
    if (tensor.elementCount() == count) {
      file.dequantize(tensor, 0, factors);
    }
    double factor = 1;
    for (float f : factors) {
      factor = Math.max(factor, f);
    }
    double theta = (Double) rope.getOrDefault("rope_theta", 10_000.0);
    // Only files of dpo4j name the constants.
    double length = number(key("rope.scaling.original_context_length"), false, LLAMA3_LENGTH);
    double low = number(key("rope.scaling.low_freq_factor"), false, LLAMA3_LOW);
    double high = number(key("rope.scaling.high_freq_factor"), false, LLAMA3_HIGH);
    for (int i = 0; i < count; i++) {
      double wave = 2 * Math.PI * Math.pow(theta, (double) i / count);
      double smooth = (length / wave - low) / (high - low);
      double within = Math.min(Math.max(smooth, 0), 1);
      double expected = 1 / ((1 - within) / factor + within);
      if (!(Math.abs(factors[i] - expected) <= 1e-3 * expected)) {
        faults.add(
            GgufNames.ROPE_FACTORS
                + ": the factors are not those of Llama 3.1 (factor "
                + i
                + " is "
                + factors[i]
                + ", expected "
                + expected
                + ")");
        return;
      }
    }
    rope.put("rope_type", "llama3");
    rope.put("factor", factor);
    rope.put("low_freq_factor", low);
    rope.put("high_freq_factor", high);
    rope.put("original_max_position_embeddings", (long) length);
  }

  private void readTokens() {
    for (String name : List.of("bos", "eos", "padding")) {
      Object id = file.metadata().get("tokenizer.ggml." + name + "_token_id");
      // An empty list stands for none, where config.json would mean the default.
      String field = name.equals("padding") ? "pad_token_id" : name + "_token_id";
      fields.put(field, id instanceof Long ? id : List.of());
    }
  }

  /**
   * Files of tied models may hold the matrix twice, because the head deserves more bits. Two
   * matrices that point the same way are one; the copy with fewer bits is dropped.
   */
  private @Nullable String droppedTensor() {
    GgufTensor embedding = file.tensors().get("token_embd.weight");
    GgufTensor head = file.tensors().get("output.weight");
    if (embedding == null || head == null || !Arrays.equals(head.shape(), embedding.shape())) {
      return null;
    }
    long rows = embedding.shape()[0];
    float[] a = new float[(int) embedding.columns()];
    float[] b = new float[a.length];
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < Math.min(rows, COMPARED_ROWS); i++) {
      long row = rows <= COMPARED_ROWS ? i : rows / COMPARED_ROWS * i;
      file.dequantize(embedding, row, a);
      file.dequantize(head, row, b);
      for (int k = 0; k < a.length; k++) {
        product += (double) a[k] * b[k];
        squaresA += (double) a[k] * a[k];
        squaresB += (double) b[k] * b[k];
      }
    }
    if (!(product >= SAME_MATRIX * Math.sqrt(squaresA * squaresB)) || product == 0) {
      return null;
    }
    boolean keepHead = head.storedBytes() >= embedding.storedBytes();
    LOG.info(
        "{}: token_embd ({}) and output ({}) are one tied matrix, the {} is read",
        file,
        embedding.type(),
        head.type(),
        keepHead ? "latter" : "former");
    return keepHead ? GgufNames.EMBEDDING : GgufNames.HEAD;
  }

  private String key(String name) {
    return architecture + "." + name;
  }

  private long whole(String key, boolean required, long absent) {
    Object value = file.metadata().get(key);
    if (value == null && !required) {
      return absent;
    }
    if (value instanceof Long number && number >= 1 && number <= Integer.MAX_VALUE) {
      return number;
    }
    faults.add(key + ": found " + shorten(value) + ", expected one whole number above 0");
    return absent;
  }

  private double number(String key, boolean required, double absent) {
    Object value = file.metadata().get(key);
    if (value == null && !required) {
      return absent;
    }
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    faults.add(key + ": found " + shorten(value) + ", expected a number");
    return absent;
  }

  private static String shorten(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return "a list of " + list.size();
    }
    String text = value == null ? "nothing" : value.toString();
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }
}
