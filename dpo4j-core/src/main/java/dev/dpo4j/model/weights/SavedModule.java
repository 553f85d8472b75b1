/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.WeightNames;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The modules that can be trained as a whole beside an adapter ({@code modules_to_save}). */
public enum SavedModule {
  /** The embedding of the tokens. */
  EMBED_TOKENS("embed_tokens", WeightNames.EMBEDDING),
  /** The head. Where it is tied to the embedding, the trained head is a matrix of its own. */
  LM_HEAD("lm_head", WeightNames.HEAD),
  /** The head of a reward model, which an adapter always trains as a whole. */
  SCORE("score", ModelHead.REWARD.weight());

  private final String moduleName;
  private final String weight;

  SavedModule(String moduleName, String weight) {
    this.moduleName = moduleName;
    this.weight = weight;
  }

  /** The name by which {@code modules_to_save} calls it. */
  public String moduleName() {
    return moduleName;
  }

  /** The module of that name. */
  public static Optional<SavedModule> of(String name) {
    return Arrays.stream(values()).filter(m -> m.moduleName.equals(name)).findFirst();
  }

  /** All names, for messages. */
  public static List<String> names() {
    return Arrays.stream(values()).map(SavedModule::moduleName).toList();
  }

  /** The module that is the head of a model. */
  public static SavedModule ofHead(ModelConfig config) {
    return config.head() == ModelHead.REWARD ? SCORE : LM_HEAD;
  }

  /** Whether a model has the module. */
  public boolean isIn(ModelConfig config) {
    return this == EMBED_TOKENS || this == ofHead(config);
  }

  /** Rows of its weight. */
  public int rows(ModelConfig config) {
    return this == SCORE ? config.headRows() : config.vocabSize();
  }

  /** Name of its weight in a model that does not tie it. */
  public String weight() {
    return weight;
  }

  /** Name of its weight in a file of PEFT. */
  public String adapter() {
    return "base_model.model." + weight;
  }

  /** Name of the weight that it begins as. */
  public String base(ModelConfig config) {
    return this == LM_HEAD && config.tieWordEmbeddings() ? EMBED_TOKENS.weight : weight;
  }
}
