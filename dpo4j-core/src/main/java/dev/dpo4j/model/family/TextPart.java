/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The part of a model with vision that writes text, under the names of a model that is nothing
 * else.
 *
 * <p>transformers 5 keeps it under {@code model.language_model.}, version 4 kept it under {@code
 * language_model.model.}, with the head beside it.
 */
public final class TextPart implements TensorSource {
  private static final List<String> VISION =
      List.of(
          "vision_tower.",
          "multi_modal_projector.",
          "model.vision_tower.",
          "model.multi_modal_projector.");

  private static final String ADAPTER = "base_model.model.";
  private static final String INSIDE = "model.language_model.";
  private static final String BESIDE = "language_model.";

  private final TensorSource whole;
  private final Map<String, String> names = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  private TextPart(TensorSource whole, String prefix) {
    this.whole = whole;
    for (TensorInfo info : whole.tensors().values()) {
      String bare = info.name().startsWith(prefix) ? info.name().substring(prefix.length()) : "";
      if (VISION.stream().noneMatch(bare::startsWith)) {
        String name = bare.isEmpty() ? info.name() : prefix + textName(bare);
        TensorSpec spec = new TensorSpec(name, info.dtype(), info.shape());
        names.put(name, info.name());
        tensors.put(name, new TensorInfo(spec, info.begin(), info.end()));
      }
    }
  }

  /** The text part of a model's weights. */
  static TextPart of(TensorSource whole) {
    return new TextPart(whole, "");
  }

  /** What an adapter of PEFT has on the text part. */
  public static TextPart ofAdapter(TensorSource whole) {
    return new TextPart(whole, ADAPTER);
  }

  /** The name in a file of PEFT for a model with vision of a tensor of the text part. */
  public static String inAdapter(String name) {
    String model = ADAPTER + "model.";
    return name.startsWith(model) ? ADAPTER + INSIDE + name.substring(model.length()) : name;
  }

  private static String textName(String name) {
    if (name.startsWith(INSIDE)) {
      return "model." + name.substring(INSIDE.length());
    }
    return name.startsWith(BESIDE) ? name.substring(BESIDE.length()) : name;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    info(name);
    return whole.bytes(Objects.requireNonNull(names.get(name)), offset, length);
  }

  @Override
  public void close() {
    whole.close();
  }

  @Override
  public String toString() {
    return whole.toString();
  }
}
