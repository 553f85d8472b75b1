/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a language model, as its config.json gives it; what is absent there has the value
 * that transformers 5 takes for the architecture.
 *
 * @param architecture the family of the model
 * @param vocabSize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width inside the feed-forward block
 * @param layers number of decoder layers
 * @param heads number of query heads
 * @param kvHeads number of key and value heads, a divisor of {@code heads}
 * @param headDim size of a head, even; not always {@code hiddenSize / heads}
 * @param rmsNormEps what is added to the mean square in all norms
 * @param rope the rotary position embedding of layers that see all positions
 * @param slidingRope that of layers with a window; mostly the same
 * @param rotaryDim coordinates of a head that are rotated, the first ones; even
 * @param tieWordEmbeddings whether the head shares the embedding's matrix
 * @param style the switches of the family's layers
 * @param textPart whether the folder holds a model with vision, of which this is the text part
 * @param slidingWindows for each layer, how many positions back attention sees, itself included; 0
 *     for all
 * @param maxPositionEmbeddings the longest sequence the model was made for
 * @param storedDtype element type that config.json names for the weights; null when it names none
 * @param initializerRange standard deviation of fresh weights
 * @param bosTokenId token before a text; null for none
 * @param eosTokenIds tokens that end an answer, possibly none
 * @param padTokenId token for padding; null for none
 * @param head what stands on the last layer
 */
public record ModelConfig(
    Architecture architecture,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    double rmsNormEps,
    RopeConfig rope,
    RopeConfig slidingRope,
    int rotaryDim,
    boolean tieWordEmbeddings,
    LayerStyle style,
    boolean textPart,
    List<Integer> slidingWindows,
    int maxPositionEmbeddings,
    @Nullable DType storedDtype,
    double initializerRange,
    @Nullable Integer bosTokenId,
    List<Integer> eosTokenIds,
    @Nullable Integer padTokenId,
    ModelHead head) {

  /** The name of the file in a model folder. */
  public static final String FILE_NAME = "config.json";

  /** Copies the lists. */
  public ModelConfig {
    slidingWindows = List.copyOf(slidingWindows);
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /**
   * Reads a model's configuration.
   *
   * @param path a model folder, a config.json or a GGUF file
   * @throws dev.dpo4j.io.ModelFileException when a GGUF file is broken
   * @throws ModelConfigException with all faults of the file, also when it cannot be read
   */
  public static ModelConfig read(Path path) {
    if (GgufFile.isGguf(path)) {
      try (GgufModel model = GgufModel.open(path, DType.FLOAT32)) {
        return model.config();
      }
    }
    Path file = Files.isDirectory(path) ? path.resolve(FILE_NAME) : path;
    return new ModelConfigReader(file.toString(), ModelJson.read(file)).read();
  }

  /**
   * Reads the configuration of a language model or of a reward model, a classifier with one label.
   *
   * @param path a model folder, a config.json or a GGUF file
   * @throws ModelConfigException with all faults of the file, also when it cannot be read
   */
  public static ModelConfig readAnyHead(Path path) {
    if (GgufFile.isGguf(path)) {
      return read(path);
    }
    Path file = Files.isDirectory(path) ? path.resolve(FILE_NAME) : path;
    return new ModelConfigReader(file.toString(), ModelJson.read(file)).readAnyHead();
  }

  /**
   * A configuration made in memory.
   *
   * @param architecture the family of the model
   * @param fields values under the names of config.json, such as {@code hidden_size}; what is
   *     absent has the architecture's default
   * @throws ModelConfigException with all faults
   */
  public static ModelConfig of(Architecture architecture, Map<String, ?> fields) {
    return of("configuration of " + architecture.className(), architecture, fields);
  }

  static ModelConfig of(String source, Architecture architecture, Map<String, ?> fields) {
    return new ModelConfigReader(source, ModelJson.of(architecture, fields)).read();
  }

  /** Whether the projections of query, key and value have a bias. */
  public boolean qkvBias() {
    return style.qkvBias();
  }

  /** Whether the output projection of attention has a bias. */
  public boolean oBias() {
    return style.oBias();
  }

  /** Whether the feed-forward projections have a bias. */
  public boolean mlpBias() {
    return style.mlpBias();
  }

  /** Whether query and key pass a norm. */
  public boolean qkNorm() {
    return style.qkNorm().isPresent();
  }

  /** Whether a layer has experts. */
  public boolean isSparse(int layer) {
    return style.isSparse(layer);
  }

  /** Positions that layer {@code layer} sees back, itself included; 0 for all. */
  public int slidingWindow(int layer) {
    return slidingWindows.get(layer);
  }

  /** Rows of the head's weight. */
  public int headRows() {
    return head == ModelHead.REWARD ? 1 : vocabSize;
  }

  /** Matrices that have a row for each token: the embedding, and a head of its own. */
  public int vocabularyMatrices() {
    return tieWordEmbeddings || head == ModelHead.REWARD ? 1 : 2;
  }

  /** The same model with a head of its own. */
  public ModelConfig untied() {
    return with(vocabSize, false, head, padTokenId);
  }

  /** The same model with another number of rows in embedding and head. */
  public ModelConfig resized(int rows) {
    return with(rows, tieWordEmbeddings, head, padTokenId);
  }

  /**
   * The same layers with one number for a whole sequence as their head.
   *
   * @param padToken the token behind the end of a sequence: the last one before it is scored
   */
  public ModelConfig rewarding(@Nullable Integer padToken) {
    return with(vocabSize, false, ModelHead.REWARD, padToken);
  }

  private ModelConfig with(int rows, boolean tied, ModelHead newHead, @Nullable Integer padToken) {
    return new ModelConfig(
        architecture,
        rows,
        hiddenSize,
        intermediateSize,
        layers,
        heads,
        kvHeads,
        headDim,
        rmsNormEps,
        rope,
        slidingRope,
        rotaryDim,
        tied,
        style,
        textPart,
        slidingWindows,
        maxPositionEmbeddings,
        storedDtype,
        initializerRange,
        bosTokenId,
        eosTokenIds,
        padToken,
        newHead);
  }

  /**
   * The configuration as the text of a config.json that transformers 4 and 5 read alike.
   *
   * @param dtype element type of the weights beside it
   */
  public String toJson(DType dtype) {
    return ModelJson.format(this, dtype);
  }
}
