/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.tokenizer.UnknownTokenException;
import java.nio.file.Path;
import java.util.List;

/**
 * How many rows embedding and head of a model have: those of its config.json, unless its vocabulary
 * has grown, here or when an adapter was trained that brings an embedding of its own.
 */
public final class AdapterRows {
  private AdapterRows() {}

  /**
   * The configuration of a model with the rows that its tokenizer needs.
   *
   * @param folder the model or the adapter
   * @param stored the configuration of its base
   */
  public static ModelConfig resized(Path folder, ModelConfig stored, HfTokenizer tokenizer) {
    return stored.resized(tokenizer.rows(rows(folder, stored.vocabSize())));
  }

  /**
   * The configuration of a base with the rows that an adapter brings.
   *
   * @param folder the adapter; any other folder changes nothing
   * @param stored the configuration of its base
   */
  public static ModelConfig resized(Path folder, ModelConfig stored) {
    return stored.resized(rows(folder, stored.vocabSize()));
  }

  /**
   * Loads the tokenizer of a model or an adapter, if every id that it gives has a row.
   *
   * @param stored rows of the base
   * @throws dev.dpo4j.tokenizer.TokenizerException if the tokenizer is missing, broken or not that
   *     of the model
   */
  public static HfTokenizer tokenizer(Path folder, int stored, TextChanges changes) {
    HfTokenizer tokenizer = HfTokenizer.load(LoraFolder.tokenizer(folder), changes);
    try {
      require(folder, stored, tokenizer);
      return tokenizer;
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * Refuses ids without a row; see {@link HfTokenizer#requireRows}.
   *
   * @param stored rows of the base
   * @throws UnknownTokenException if a token is added to the model of an adapter, which has no
   *     place for it
   */
  public static void require(Path folder, int stored, HfTokenizer tokenizer) {
    List<String> added = tokenizer.edits().added();
    if (!added.isEmpty() && LoraFolder.isAdapter(folder)) {
      throw new UnknownTokenException(
          added.get(0),
          "%s is no token of %s, which is an adapter, and no token can be added to one. Make a model of it first with dpo4j merge"
              .formatted(added.get(0), folder));
    }
    tokenizer.requireRows(rows(folder, stored));
  }

  /** An adapter whose vocabulary has grown holds embedding and head as a whole. */
  private static int rows(Path folder, int stored) {
    if (!LoraFolder.isAdapter(folder)) {
      return stored;
    }
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(LoraFolder.WEIGHTS))) {
      for (TensorInfo info : file.tensors().values()) {
        boolean embedding = info.name().endsWith(suffix(SavedModule.EMBED_TOKENS));
        if (embedding || info.name().endsWith(suffix(SavedModule.LM_HEAD))) {
          return (int) info.shape()[0];
        }
      }
    }
    Path below = LoraFolder.below(folder);
    return below == null ? stored : rows(below, stored);
  }

  private static String suffix(SavedModule module) {
    return "." + module.moduleName() + ".weight";
  }
}
