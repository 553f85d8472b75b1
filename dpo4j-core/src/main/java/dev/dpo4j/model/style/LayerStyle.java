/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The switches of a family's layers.
 *
 * @param qkvBias whether the projections of query, key and value have a bias
 * @param oBias whether the output projection of attention has a bias
 * @param mlpBias whether the feed-forward projections have a bias
 * @param qkNorm whether query and key pass a norm
 * @param names the names of the family's tensors
 * @param oneCentred whether norms scale by one plus their weight
 * @param activation the function of the gate
 * @param interleaved whether neighbours of a head's coordinates are rotated together, not halves
 * @param rotated for each layer, whether it rotates at all
 * @param embeddingScale what the embedding's rows are multiplied by
 * @param attentionScale what products of queries and keys are multiplied by
 * @param residualScale what a branch is multiplied by before it is added to the residual stream
 * @param logitScale what the logits are multiplied by
 * @param scoreCap bound of the attention's scores, as that of the logits; 0 for none
 * @param logitCap bound of the logits, {@code cap * tanh(logit / cap)}; 0 for none
 * @param experts the experts, null where all layers have one feed-forward block
 */
public record LayerStyle(
    boolean qkvBias,
    boolean oBias,
    boolean mlpBias,
    QkNorm qkNorm,
    TensorNames names,
    boolean oneCentred,
    Activation activation,
    boolean interleaved,
    List<Boolean> rotated,
    double embeddingScale,
    double attentionScale,
    double residualScale,
    double logitScale,
    double scoreCap,
    double logitCap,
    @Nullable Experts experts) {

  /** Copies the list. */
  public LayerStyle {
    rotated = List.copyOf(rotated);
  }

  /** Whether a layer has experts. */
  public boolean isSparse(int layer) {
    return experts != null && experts.sparse().get(layer);
  }

  /** Whether every branch is normalised before it is added. */
  public boolean hasPostNorms() {
    return names.attentionPostNorm() != null;
  }

  /** Whether every branch begins with a norm. */
  public boolean hasPreNorms() {
    return names.attentionNorm() != null;
  }

  /** Collects switches; what is not set is as in Llama. */
  public static final class Builder {
    private boolean qkvBias;
    private boolean oBias;
    private boolean mlpBias;
    private QkNorm qkNorm = QkNorm.NONE;
    private TensorNames names = TensorNames.LLAMA;
    private boolean oneCentred;
    private Activation activation = Activation.SILU;
    private boolean interleaved;
    private List<Boolean> rotated;
    private double embeddingScale = 1;
    private double attentionScale;
    private double residualScale = 1;
    private double logitScale = 1;
    private double scoreCap;
    private double logitCap;
    private @Nullable Experts experts;

    /** Begins with the switches of Llama. */
    public Builder(Sizes sizes) {
      rotated = Collections.nCopies(sizes.layers(), true);
      attentionScale = 1 / Math.sqrt(sizes.headDim());
    }

    /** Biases of the attention's projections. */
    public Builder attentionBias(boolean qkv, boolean output) {
      qkvBias = qkv;
      oBias = output;
      return this;
    }

    /** Biases of all of the attention's projections, where {@code attention_bias} asks for them. */
    public Builder attentionBias(ConfigFields config) {
      boolean bias = config.flag("attention_bias", false);
      return attentionBias(bias, bias);
    }

    public Builder mlpBias(boolean value) {
      mlpBias = value;
      return this;
    }

    public Builder qkNorm(QkNorm value) {
      qkNorm = value;
      return this;
    }

    public Builder names(TensorNames value) {
      names = value;
      return this;
    }

    /** Norms scale by one plus their weight. */
    public Builder oneCentred() {
      oneCentred = true;
      return this;
    }

    public Builder activation(Activation value) {
      activation = value;
      return this;
    }

    /** Neighbours of a head's coordinates are rotated together. */
    public Builder interleaved() {
      interleaved = true;
      return this;
    }

    public Builder rotated(List<Boolean> value) {
      rotated = value;
      return this;
    }

    public Builder embeddingScale(double value) {
      embeddingScale = value;
      return this;
    }

    public Builder attentionScale(double value) {
      attentionScale = value;
      return this;
    }

    public Builder residualScale(double value) {
      residualScale = value;
      return this;
    }

    public Builder logitScale(double value) {
      logitScale = value;
      return this;
    }

    /** Scores of the attention are bounded; 0 for none. */
    public Builder scoreCap(double value) {
      scoreCap = value;
      return this;
    }

    public Builder logitCap(double value) {
      logitCap = value;
      return this;
    }

    public Builder experts(@Nullable Experts value) {
      experts = value;
      return this;
    }

    public LayerStyle build() {
      return new LayerStyle(
          qkvBias,
          oBias,
          mlpBias,
          qkNorm,
          names,
          oneCentred,
          activation,
          interleaved,
          rotated,
          embeddingScale,
          attentionScale,
          residualScale,
          logitScale,
          scoreCap,
          logitCap,
          experts);
    }
  }
}
