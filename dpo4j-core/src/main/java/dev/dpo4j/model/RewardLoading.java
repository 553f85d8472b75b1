/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.GenerationConfig;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.lora.AdapterRows;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a folder becomes a reward model in memory, and what its own folder has beside a language
 * model's.
 *
 * @param folder the folder that was named
 * @param stored the configuration of its base
 * @param scores whether the padding token of the folder counts; training takes the tokenizer's
 */
record RewardLoading(Path folder, ModelConfig stored, boolean scores) {
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  /** Whether a folder holds a reward model, or an adapter that makes one of its base. */
  static boolean isRewardModel(Path folder) {
    return LoraFolder.isOfRewardModel(folder) || stored(folder).head() == ModelHead.REWARD;
  }

  /**
   * Takes a reward model to score with.
   *
   * @throws ModelConfigException if the folder holds another model
   */
  static RewardLoading scoring(Path folder) {
    ModelConfig stored = stored(folder);
    if (stored.head() != ModelHead.REWARD && !LoraFolder.isOfRewardModel(folder)) {
      throw new ModelConfigException(
          folder.toString(),
          List.of(
              "architectures: found %s, a language model, expected a reward model such as %s: train one with dpo4j reward"
                  .formatted(
                      stored.architecture().className(),
                      ModelHead.REWARD
                          .className(stored.architecture())
                          .orElse("LlamaForSequenceClassification"))));
    }
    return checked(folder, stored, true);
  }

  /**
   * Takes a reward model or a language model to train rewards with.
   *
   * @throws ModelConfigException if its family cannot be a reward model
   */
  static RewardLoading training(Path folder) {
    return checked(folder, stored(folder), false);
  }

  private static ModelConfig stored(Path folder) {
    JacksonCheck.require();
    return ModelConfig.readAnyHead(LoraFolder.base(folder));
  }

  private static RewardLoading checked(Path folder, ModelConfig stored, boolean scores) {
    if (ModelHead.REWARD.className(stored.architecture()).isEmpty() || stored.textPart()) {
      throw new ModelConfigException(
          folder.toString(),
          List.of(
              "architectures: found %s, expected a family of which transformers has a classifier, which a reward model is"
                  .formatted(stored.architecture().className())));
    }
    if (LoraFolder.isAdapter(folder)
        && stored.head() != ModelHead.REWARD
        && !LoraFolder.isOfRewardModel(folder)) {
      throw new ModelConfigException(
          folder.resolve(LoraFolder.CONFIG).toString(),
          List.of(
              "modules_to_save: found no score, expected the adapter of a reward model; make a model of this one first with dpo4j merge"));
    }
    return new RewardLoading(folder, stored, scores);
  }

  /** Makes a model of a base and its tokenizer. */
  interface Maker {
    LanguageModel make(Path base, HfTokenizer tokenizer);
  }

  /** Reads tokenizer, model and adapter; what was opened is closed where one of them is refused. */
  static LanguageModel open(Path folder, int embeddingRows, TextChanges changes, Maker maker) {
    HfTokenizer tokenizer = AdapterRows.tokenizer(folder, embeddingRows, changes);
    LanguageModel model;
    try {
      model = maker.make(LoraFolder.base(folder), tokenizer);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
    try {
      if (LoraFolder.isAdapter(folder)) {
        model.takeAdapters(folder);
      }
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  LanguageModel load(BaseForm form, long seed, TextChanges changes) {
    return open(
        folder,
        stored.vocabSize(),
        changes,
        (base, tokenizer) -> {
          ModelConfig wanted =
              AdapterRows.resized(folder, stored, tokenizer).rewarding(padToken(tokenizer));
          ParameterStore parameters =
              stored.head() == ModelHead.REWARD
                  ? WeightFiles.load(base, stored, wanted, form)
                  : WeightFiles.loadWithNewScore(base, stored, wanted, form, seed);
          return new LanguageModel(folder, base, wanted, form, parameters, tokenizer, changes);
        });
  }

  /** As in TRL: the tokenizer's padding token, or else the one that ends an answer. */
  private @Nullable Integer padToken(HfTokenizer tokenizer) {
    if (scores && stored.head() == ModelHead.REWARD && !LoraFolder.isAdapter(folder)) {
      return stored.padTokenId();
    }
    String text = padText(tokenizer);
    OptionalInt id = text == null ? OptionalInt.empty() : tokenizer.tokenToId(text);
    if (id.isEmpty()) {
      throw new ModelConfigException(
          folder.toString(),
          List.of(
              "pad_token: found %s, expected a token of the tokenizer: a reward model needs one to find the end of a sequence; name it in %s"
                  .formatted(text == null ? "none, and no eos_token" : text, TOKENIZER_CONFIG)));
    }
    return id.getAsInt();
  }

  private static @Nullable String padText(HfTokenizer tokenizer) {
    return tokenizer.specialTokens().pad().or(() -> tokenizer.specialTokens().eos()).orElse(null);
  }

  /** Makes the folder of a language model that of a reward model, or of an adapter on one. */
  static void finish(Path target, ModelConfig config, HfTokenizer tokenizer) throws IOException {
    Path file = target.resolve(ModelConfig.FILE_NAME);
    if (Files.isRegularFile(file)) { // an adapter's folder has none
      AtomicFile.writeString(file, ConfigText.rewarding(file, config));
    }
    // It says how answers are generated, and a reward model generates none.
    Files.deleteIfExists(target.resolve(GenerationConfig.FILE_NAME));
    Path names = target.resolve(TOKENIZER_CONFIG);
    String pad = padText(tokenizer);
    if (Files.isRegularFile(names) && pad != null) {
      AtomicFile.writeString(names, ConfigText.padding(names, pad));
    }
  }
}
