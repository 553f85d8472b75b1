/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.BaseDtype;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.tokenizer.Tokenizer;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.reference.ModelScorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A causal language model with its tokenizer, loaded from a Hugging Face folder. */
public final class Model implements AutoCloseable {
  private final LanguageModel language;

  private Model(LanguageModel language) {
    this.language = language;
  }

  /**
   * Loads a folder with config.json, safetensors and tokenizer.json.
   *
   * @throws RuntimeException that names the file, what was found and what was expected
   */
  public static Model load(Path folder) {
    return new Model(LanguageModel.load(folder));
  }

  /**
   * Loads a model to train an adapter on, its own weights in the type of the config's {@code
   * dtype}; see {@link #load(Path)}.
   */
  public static Model load(Path folder, BaseDtype dtype) {
    return new Model(LanguageModel.load(folder, dtype.dtype()));
  }

  /**
   * Loads a model to train with a config, which says how its weights are held: in the config's
   * {@code dtype}, and in 4 or 8 bits where {@code load_in_4bit} or {@code load_in_8bit} is set;
   * see {@link #load(Path)}.
   */
  public static Model load(Path folder, RunConfig config) {
    return new Model(config.texts().model(folder, config.peft().base()));
  }

  /**
   * Loads a folder on a device; see {@link #load(Path)}. A process has one device: the first model
   * decides, and stays on it with all that is computed.
   *
   * @throws IllegalStateException if this process computes on another device already
   * @throws dev.dpo4j.tensor.DeviceException if the device cannot be used, with the remedy
   */
  public static Model load(Path folder, Device device) {
    Backends.use(device);
    return load(folder);
  }

  /** Loads a folder; see {@link #load(Path)}. */
  public static Model load(String folder) {
    return load(Path.of(folder));
  }

  /**
   * Loads a model to train rewards with: a reward model, whose training goes on, or a language
   * model, whose head gives way to a score that begins at random.
   *
   * @param config says the seed of the score and, under an adapter, the type of the weights
   */
  public static Model loadForRewards(Path folder, RewardConfig config) {
    return new Model(
        config.texts().rewardModel(folder, config.peft().base(), config.loop().seed()));
  }

  /**
   * Loads a model that foretells rewards while PPO trains: a reward model, or a language model
   * whose head gives way to a score that begins at random.
   */
  public static Model loadForRewards(Path folder) {
    return new Model(LanguageModel.loadForRewards(folder, BaseForm.FLOAT32, 0, TextChanges.NONE));
  }

  /** Loads a reward model to judge answers with. */
  public static Model loadReward(Path folder) {
    return new Model(LanguageModel.loadReward(folder));
  }

  LanguageModel language() {
    return language;
  }

  /** Answers one user message with the most probable tokens. */
  public String generate(String userMessage, int maxNewTokens) {
    return generate(userMessage, SamplingOptions.greedy(maxNewTokens));
  }

  /** Answers one user message. */
  public String generate(String userMessage, SamplingOptions options) {
    try (Generator generator = generator(1)) {
      return generator.generate(userMessage, AnswerOptions.of(options));
    }
  }

  /** Returns the tokenizer: texts to ids and back. The model closes it. */
  public Tokenizer tokenizer() {
    return language.tokenizer();
  }

  /** Returns the chat template with the tokenizer: conversations to text and ids. */
  public ChatTokenizer chat() {
    return language.chat();
  }

  /**
   * Computes how likely the model holds both answers of every pair: sums over the tokens of the
   * answer, in nats, as {@code dpo4j logps} prints them.
   *
   * @param maxLength tokens of prompt and answer together, as {@code max_length}; null for no limit
   */
  public List<PairScore> logProbs(PreferenceData data, @Nullable Integer maxLength) {
    PreferenceDataset pairs =
        data.rows().tokenize(language.chat(), TokenizeOptions.ofMaxLength(maxLength));
    try (CausalLm model = language.compute(ComputeOptions.float32())) {
      ModelScorer scorer = new ModelScorer(model);
      return pairs.pairs().stream().map(scorer::score).toList();
    }
  }

  /**
   * Computes the log-probability of each token of an answer, in nats.
   *
   * @param prompt token ids, from {@link #tokenizer} or {@link #chat}
   * @param answer token ids of the answer
   */
  public double[] logProbs(int[] prompt, int[] answer) {
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.single(prompt, answer)));
    try (CausalLm model = language.compute(ComputeOptions.float32())) {
      float[] logps = model.score(batch, LogProbHead.Want.LOGPS).logps();
      return IntStream.range(batch.entryStart(0), batch.entryEnd(0))
          .mapToDouble(entry -> logps[entry])
          .toArray();
    }
  }

  /** Opens a generator that makes up to eight answers at a time; close it before the model. */
  public Generator generator() {
    return generator(8);
  }

  /** Opens a generator that makes up to that many answers at a time; close it before the model. */
  public Generator generator(int batchSize) {
    return Generator.of(language, ComputeOptions.float32(), batchSize);
  }

  /**
   * Makes an adapter part of the model, which is then one like any other.
   *
   * @throws IllegalStateException if there is no adapter, or if it cannot become part of the model
   */
  public void merge() {
    language.mergeAdapter();
  }

  /** Writes a folder that transformers loads, with float32 weights. */
  public void save(Path folder) {
    try {
      Files.createDirectories(folder);
      language.save(folder, DType.FLOAT32);
    } catch (IOException e) {
      throw new UncheckedIOException("The model could not be written to " + folder + ": " + e, e);
    }
  }

  @Override
  public void close() {
    language.close();
  }
}
