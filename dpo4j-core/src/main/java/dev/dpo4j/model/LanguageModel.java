/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.JacksonCheck;
import dev.dpo4j.model.family.ConfigText;
import dev.dpo4j.model.family.GenerationConfig;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.StoredQuantisation;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.model.lora.AdapterRows;
import dev.dpo4j.model.lora.FrozenAdapters;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.model.weights.EditedTexts;
import dev.dpo4j.model.weights.HfFolder;
import dev.dpo4j.model.weights.NewRows;
import dev.dpo4j.model.weights.WeightChecksum;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.shard.Handover;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory: configuration, weights, tokenizer and template of a Hugging Face folder or of
 * a GGUF file.
 */
public final class LanguageModel implements AutoCloseable {
  private final Path folder;
  private final Path base;
  private final BaseForm form;
  private final boolean tied;
  private ModelConfig config;
  private ParameterStore parameters;
  private HfTokenizer tokenizer;
  private TextChanges changes;
  private @Nullable LoraAdapter adapter;
  private boolean adapterIsFresh;
  private final FrozenAdapters frozen = new FrozenAdapters();
  private final Set<Integer> moreStops = new LinkedHashSet<>();
  private @Nullable DividedWeights divided;

  LanguageModel(
      Path folder,
      Path base,
      ModelConfig config,
      BaseForm form,
      ParameterStore parameters,
      HfTokenizer tokenizer,
      TextChanges changes) {
    this.folder = folder;
    this.base = base;
    this.form = form;
    this.tied = config.tieWordEmbeddings();
    this.config = config;
    this.parameters = parameters;
    this.tokenizer = tokenizer;
    this.changes = changes;
  }

  /**
   * Loads a folder, or a file whose name ends in {@code .gguf}; with a folder that holds an adapter
   * also the base model that it names.
   *
   * @throws ModelConfigException if config.json is missing, wrong or of an unknown architecture
   * @throws WeightsException if tensors are missing, unexpected or wrongly shaped; all are named
   * @throws dev.dpo4j.io.ModelFileException if a weight file is broken
   * @throws dev.dpo4j.tokenizer.TokenizerException if the tokenizer is missing or broken
   */
  public static LanguageModel load(Path folder) {
    return load(folder, DType.FLOAT32);
  }

  /**
   * Loads a folder or file; see {@link #load(Path)}.
   *
   * @param dtype type in which the base's weights are held: float32, or bfloat16 where only an
   *     adapter is trained
   */
  public static LanguageModel load(Path folder, DType dtype) {
    return load(folder, BaseForm.plain(dtype), TextChanges.NONE);
  }

  /**
   * Loads a folder or file with other texts than its own; see {@link #load(Path)}.
   *
   * @param form how the base's weights are held
   * @param changes what is changed, here and where the model is saved
   * @throws dev.dpo4j.tokenizer.UnknownTokenException if the vocabulary lacks a token
   */
  public static LanguageModel load(Path folder, BaseForm form, TextChanges changes) {
    JacksonCheck.require();
    ModelConfig config = ModelConfig.read(LoraFolder.base(folder));
    return RewardLoading.open(
        folder,
        config.vocabSize(),
        changes,
        (base, tokenizer) -> {
          ModelConfig wanted = AdapterRows.resized(folder, config, tokenizer);
          ParameterStore weights = WeightFiles.load(base, config, wanted, form);
          return new LanguageModel(folder, base, wanted, form, weights, tokenizer, changes);
        });
  }

  /**
   * Loads a reward model: a classifier with one label, or an adapter that has a score as its head.
   *
   * @throws ModelConfigException if the folder holds another model
   */
  public static LanguageModel loadReward(Path folder) {
    return RewardLoading.scoring(folder).load(BaseForm.FLOAT32, 0, TextChanges.NONE);
  }

  /**
   * Checks that a folder holds a reward model, without loading it.
   *
   * @throws ModelConfigException if the folder holds another model
   */
  public static void requireReward(Path folder) {
    RewardLoading.scoring(folder);
  }

  /**
   * Loads a model to train rewards with: a reward model, whose training goes on, or a language
   * model, of which the head is left out and a score begins.
   *
   * @param form how the base's weights are held
   * @param seed decides the first score of a language model, as in transformers
   * @param changes what is changed of its texts, here and where the model is saved
   * @throws ModelConfigException if the folder holds another model
   */
  public static LanguageModel loadForRewards(
      Path folder, BaseForm form, long seed, TextChanges changes) {
    return RewardLoading.training(folder).load(form, seed, changes);
  }

  /** Loads what a folder holds, a language model or a reward model. */
  public static LanguageModel loadEither(Path folder) {
    return RewardLoading.isRewardModel(folder) ? loadReward(folder) : load(folder);
  }

  /**
   * Loads the tokenizer of a model or an adapter without the weights. It gives no id for which the
   * model has no row, as far as a config.json beside it tells.
   *
   * @throws dev.dpo4j.tokenizer.TokenizerException if the tokenizer is missing, broken or not that
   *     of the model
   */
  public static HfTokenizer tokenizer(Path folder) {
    return tokenizer(folder, TextChanges.NONE);
  }

  /**
   * Loads the tokenizer with another template or another end of a sequence; see {@link
   * #tokenizer(Path)}.
   *
   * @throws dev.dpo4j.tokenizer.UnknownTokenException if the vocabulary lacks a token
   */
  public static HfTokenizer tokenizer(Path folder, TextChanges changes) {
    JacksonCheck.require();
    Path config = LoraFolder.base(folder).resolve(ModelConfig.FILE_NAME);
    OptionalInt rows =
        Files.isRegularFile(config) ? ConfigText.number(config, "vocab_size") : OptionalInt.empty();
    return AdapterRows.tokenizer(folder, rows.orElse(Integer.MAX_VALUE), changes);
  }

  /**
   * Puts a new adapter on the model: from now on it is what {@link #trained}, {@link #compute},
   * {@link #save} and {@link #restore} mean. It does not change the model yet.
   *
   * @throws IllegalStateException if the model has an adapter already
   */
  public void addAdapter(LoraConfig lora, long seed) {
    if (adapter != null) {
      throw new IllegalStateException(folder + " has an adapter already");
    }
    adapter = LoraAdapter.fresh(config, lora, seed, parameters);
    adapterIsFresh = true;
  }

  /** Reads an adapter, and before it those that it was put on. */
  void takeAdapters(Path from) {
    Path below = LoraFolder.below(from);
    if (below != null) {
      takeAdapters(below);
      freeze(below);
    }
    adapter = LoraFolder.load(from, config);
  }

  /** Makes the adapter part of what is not trained, so that a new one can be put on it. */
  public void freezeAdapter() {
    frozen.knownBy(baseChecksum() + " " + adapterChecksum());
    freeze(folder);
  }

  private void freeze(Path from) {
    LoraAdapter present = adapter;
    if (present == null || (!parameters.isPacked() && parameters.dtype() == DType.FLOAT32)) {
      mergeAdapter();
    } else {
      frozen.stack(present, from);
      adapter = null;
    }
    frozen.from(from);
  }

  /** The folder or GGUF file that the adapter was put on: another adapter's, or the base. */
  public Path start() {
    Path below = frozen.folder();
    return below == null ? base : below;
  }

  /** Takes the adapter as it is now for the beginning of further training. */
  public void continueAdapter() {
    adapterIsFresh = false;
  }

  /** The adapter on the model, or null. */
  public @Nullable LoraAdapter adapter() {
    return adapter;
  }

  /** Whether the adapter began training with no effect on the model. */
  public boolean adapterIsFresh() {
    return adapterIsFresh;
  }

  /**
   * Moves another model of the same shape towards this one, its adapter's update included. Where
   * that has {@link #makeRoomFor made room}, head and embedding are mixed each for itself.
   *
   * @param target its weights become {@code (1 - share) * target + share * this}
   */
  public void mixInto(LanguageModel target, double share) {
    parameters.requirePlain("mixing " + folder);
    target.parameters.requirePlain("mixing " + folder);
    frozen.mixInto(target.parameters, parameters, adapter, share);
  }

  /**
   * Gives the head a matrix of its own where another model's adapter would tear it from the
   * embedding, so that {@link #mixInto} finds a place for both. Nothing that this model computes
   * changes; call it before {@link #compute}.
   */
  public void makeRoomFor(LanguageModel other) {
    LoraAdapter foreign = other.adapter;
    if (foreign != null && foreign.breaksTie()) {
      untie();
    }
  }

  private void untie() {
    if (config.tieWordEmbeddings()) {
      ModelConfig untied = config.untied();
      replace(WeightLayout.untie(parameters, untied), untied);
    }
  }

  /**
   * Makes the weights those that the adapter computes with and takes the adapter away. A head that
   * the model ties to its embedding gets a matrix of its own where the adapter has one for either.
   *
   * @throws IllegalStateException if there is no adapter, or if it cannot become part of the model
   */
  public void mergeAdapter() {
    LoraAdapter present = adapter;
    if (present == null) {
      throw new IllegalStateException(folder + " has no adapter to merge");
    }
    parameters.requirePlain("merging " + folder);
    if (parameters.dtype() != DType.FLOAT32) {
      throw new IllegalStateException(
          folder + " was loaded in " + parameters.dtype() + ": load it in float32 to merge");
    }
    if (present.breaksTie()) {
      untie();
    }
    present.mergeInto(parameters);
    present.close();
    adapter = null;
  }

  /** How the base's weights are held. */
  public BaseForm form() {
    return form;
  }

  /** Whether the matrices of the layers are packed, here or in the files that they came from. */
  public boolean isQuantised() {
    return parameters.isPacked() || StoredQuantisation.isSaid(base);
  }

  /** The SHA-256 of the weights that an adapter leaves alone, and of their configuration. */
  public String baseChecksum() {
    if (!frozen.identity().isEmpty()) {
      return Checksums.of(frozen.identity());
    }
    Path file = base.resolve(ModelConfig.FILE_NAME);
    String text = Files.isRegularFile(file) ? ConfigText.read(file) : "";
    return frozen.with(WeightChecksum.of(parameters, text));
  }

  /** The SHA-256 of the adapter as it is now; null where there is none. */
  public @Nullable String adapterChecksum() {
    LoraAdapter present = adapter;
    return present == null ? null : WeightChecksum.of(present.parameters(), present.computation());
  }

  /** The folder or GGUF file it was loaded from. */
  public Path folder() {
    return folder;
  }

  /** The folder or GGUF file of the weights that an adapter leaves alone. */
  public Path base() {
    return base;
  }

  /** The weights that training changes: the adapter's where there is one, else all. */
  public ParameterStore trained() {
    LoraAdapter present = adapter;
    return present == null ? parameters : present.parameters();
  }

  /** The architecture. */
  public ModelConfig config() {
    return config;
  }

  /** The weights, shared by every {@link #compute} of this model. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** The tokenizer with its special tokens. */
  public HfTokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * Takes another template or another end of a sequence than it was loaded with: from now on they
   * are what {@link #tokenizer}, {@link #chat} and {@link #save} mean.
   *
   * @throws dev.dpo4j.tokenizer.UnknownTokenException if the vocabulary lacks a token
   */
  public void take(TextChanges others) {
    if (!others.equals(changes)) {
      HfTokenizer changed = AdapterRows.tokenizer(folder, config.vocabSize(), others);
      tokenizer.close();
      tokenizer = changed;
      changes = others;
      ModelConfig wanted = config.resized(changed.rows(config.vocabSize()));
      if (!wanted.equals(config)) {
        replace(NewRows.resize(parameters, config.vocabSize(), wanted), wanted);
      }
    }
  }

  private void replace(ParameterStore copy, ModelConfig ofCopy) {
    parameters.close();
    parameters = copy;
    config = ofCopy;
  }

  /** What is changed about its texts, for another model that is to have the same. */
  public TextChanges changes() {
    return changes;
  }

  /** Ends answers also at another token, as the saved generation_config.json will say. */
  public void stopAlsoAt(int tokenId) {
    if (!tokenizer.stopIds().contains(tokenId)) {
      moreStops.add(tokenId);
    }
  }

  /** The tokenizer with the chat template. */
  public ChatTokenizer chat() {
    return tokenizer.chat();
  }

  /** The model's computation over these weights; the caller closes it before this. */
  public CausalLm compute(ComputeOptions options) {
    return new CausalLm(config, parameters, adapter, frozen.stacked(), options);
  }

  /**
   * Divides the weights among processes that all have them: each keeps its part, and the rest of
   * the memory is given back until {@link #unite}. Meanwhile the weights can only be trained,
   * scored with, saved in float32 and restored, by all processes at the same time.
   *
   * @param model computes over them from now on
   * @throws IllegalStateException if they are packed or not float32
   */
  public DividedWeights divide(CausalLm model, Collectives ranks) {
    parameters.requirePlain("dividing " + folder);
    DividedWeights made = new DividedWeights(config, parameters, adapter == null, ranks);
    model.divide(made);
    divided = made;
    return made;
  }

  /** Puts divided weights together in every process; what computed over them must not go on. */
  public void unite() {
    DividedWeights present = divided;
    if (present != null) {
      present.store().unite();
      present.close();
      divided = null;
    }
  }

  /**
   * Prepares to bring divided weights to the process that saves them, which all processes do at the
   * same time; null where it has them.
   */
  public @Nullable Handover handover() {
    DividedWeights present = divided;
    return present == null || adapter != null ? null : WeightFiles.handover(present.store());
  }

  /**
   * Writes a folder as {@link #save(Path, DType)} does in float32, with weights that the other
   * processes give meanwhile.
   *
   * @param weights what {@link #handover} has prepared
   */
  public void save(Path target, @Nullable Handover weights) throws IOException {
    if (weights == null) {
      save(target, DType.FLOAT32);
    } else {
      WeightFiles.save(
          parameters, weights, target, ShardedSafetensorsWriter.DEFAULT_MAX_SHARD_SIZE);
      finish(target, DType.FLOAT32);
    }
  }

  /**
   * The model as it was before its adapter is trained, over the same base weights: with a new
   * adapter switched off, or with a copy of the adapter that was read.
   *
   * @throws IllegalStateException if the model has no adapter
   */
  public CausalLm computeStart(ComputeOptions options) {
    LoraAdapter present = adapter;
    if (present == null) {
      throw new IllegalStateException(folder + " has no adapter that could be switched off");
    }
    return adapterIsFresh
        ? new CausalLm(config, parameters, null, frozen.stacked(), options)
        : CausalLm.owning(config, parameters, present.copy(), frozen.stacked(), options);
  }

  /**
   * Writes a folder that transformers loads: weights, configuration, tokenizer and template; of a
   * model with an adapter one that PEFT loads, without the base model.
   *
   * @param target an existing folder
   * @param dtype type of the written weights; an adapter is always float32
   */
  public void save(Path target, DType dtype) throws IOException {
    save(target, dtype, ShardedSafetensorsWriter.DEFAULT_MAX_SHARD_SIZE);
  }

  /**
   * Writes a folder with files of a largest size; see {@link #save(Path, DType)}.
   *
   * @param maxShardSize bytes of one file of weights
   */
  public void save(Path target, DType dtype, long maxShardSize) throws IOException {
    if (adapter == null) {
      WeightFiles.save(parameters, target, dtype, maxShardSize);
    }
    finish(target, dtype);
  }

  /** Writes what belongs to the weights. */
  private void finish(Path target, DType dtype) throws IOException {
    LoraAdapter present = adapter;
    if (present == null) {
      boolean untied = tied && !config.tieWordEmbeddings();
      HfFolder.carryOver(base, LoraFolder.tokenizer(folder), target, dtype, untied);
      NewRows.write(config, target);
    } else {
      LoraFolder.save(present, start(), target);
      HfFolder.carryTokenizer(LoraFolder.tokenizer(folder), target);
    }
    EditedTexts.write(tokenizer.edits(), target);
    if (config.head() == ModelHead.REWARD) {
      RewardLoading.finish(target, config, tokenizer);
    } else if (!moreStops.isEmpty()) {
      GenerationConfig.writeStops(
          target, Stream.concat(tokenizer.stopIds().stream(), moreStops.stream()).toList());
    }
  }

  /**
   * Replaces the trained weights by those of a folder that {@link #save} wrote for the same model.
   *
   * @throws WeightsException if its tensors are not those of this model
   */
  public void restore(Path saved) {
    LoraAdapter present = adapter;
    if (present == null && divided != null) {
      WeightFiles.restore(divided.store(), saved, config);
    } else if (present == null) {
      WeightFiles.restore(parameters, saved, config);
    } else {
      LoraFolder.fill(present, saved);
    }
  }

  @Override
  public void close() {
    LoraAdapter present = adapter;
    if (present != null) {
      present.close();
    }
    frozen.close();
    tokenizer.close();
    parameters.close();
    if (divided != null) {
      divided.close();
    }
  }
}
