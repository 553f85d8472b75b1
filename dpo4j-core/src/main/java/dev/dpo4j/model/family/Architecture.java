/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.model.families.Ernie45;
import dev.dpo4j.model.families.Gemma2;
import dev.dpo4j.model.families.Gemma3;
import dev.dpo4j.model.families.Glm4;
import dev.dpo4j.model.families.Granite;
import dev.dpo4j.model.families.HunYuanDense;
import dev.dpo4j.model.families.Llama;
import dev.dpo4j.model.families.Ministral;
import dev.dpo4j.model.families.Mistral;
import dev.dpo4j.model.families.Olmo2;
import dev.dpo4j.model.families.Olmo3;
import dev.dpo4j.model.families.Phi3;
import dev.dpo4j.model.families.Qwen2;
import dev.dpo4j.model.families.Qwen3;
import dev.dpo4j.model.families.Qwen3Moe;
import dev.dpo4j.model.families.SeedOss;
import dev.dpo4j.model.families.SmolLm3;
import dev.dpo4j.model.style.Family;
import java.util.Arrays;
import java.util.Optional;

/** The families of language models that can be trained; each is described in a file of its own. */
public enum Architecture {
  /** Qwen2 and Qwen2.5. */
  QWEN2(new Qwen2()),
  /** Qwen3 without experts. */
  QWEN3(new Qwen3()),
  /** Llama 2 and 3, SmolLM2 and others of the same build. */
  LLAMA(new Llama()),
  /** Mistral. */
  MISTRAL(new Mistral()),
  /** SmolLM3. */
  SMOLLM3(new SmolLm3()),
  /** Gemma 2. */
  GEMMA2(new Gemma2()),
  /** Gemma 3, also the text part of its models with vision. */
  GEMMA3(new Gemma3()),
  /** Phi-3, 3.5, 4 and Phi-4-mini. */
  PHI3(new Phi3()),
  /** Qwen3 with experts. */
  QWEN3_MOE(new Qwen3Moe()),
  /** Granite 3 without experts. */
  GRANITE(new Granite()),
  /** OLMo 2. */
  OLMO2(new Olmo2()),
  /** OLMo 3. */
  OLMO3(new Olmo3()),
  /** Ministral. */
  MINISTRAL(new Ministral()),
  /** GLM-4-0414. */
  GLM4(new Glm4()),
  /** Hunyuan dense. */
  HUNYUAN_DENSE(new HunYuanDense()),
  /** ERNIE 4.5 without experts. */
  ERNIE4_5(new Ernie45()),
  /** Seed-OSS. */
  SEED_OSS(new SeedOss());

  @SuppressWarnings("ImmutableEnumChecker") // families have no fields
  private final Family family;

  Architecture(Family family) {
    this.family = family;
  }

  /** What the family reads from config.json, and how its layers are built. */
  public Family family() {
    return family;
  }

  /** The name under {@code architectures} in config.json. */
  public String className() {
    return family.className();
  }

  /** The name under {@code model_type} in config.json. */
  public String modelType() {
    return family.modelType();
  }

  static Optional<Architecture> ofClassName(String name) {
    return Arrays.stream(values()).filter(a -> a.className().equals(name)).findFirst();
  }

  static Optional<Architecture> ofModelType(String name) {
    return Arrays.stream(values()).filter(a -> a.modelType().equals(name)).findFirst();
  }

  static String classNames() {
    return String.join(", ", Arrays.stream(values()).map(Architecture::className).toList());
  }

  static String modelTypes() {
    return String.join(", ", Arrays.stream(values()).map(Architecture::modelType).toList());
  }
}
