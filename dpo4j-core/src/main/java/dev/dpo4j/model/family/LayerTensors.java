/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.TensorNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tensors of one decoder layer, neighbours in the order in which they are used together. */
public final class LayerTensors {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  /**
   * A tensor.
   *
   * @param part its name behind the layer's prefix
   * @param matrix whether it is a matrix, to which weight decay applies, not a norm or a bias
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Entry(String part, boolean matrix, long... shape) {
    private static final String EXPERTS = "mlp.experts.";
    private static final String ROUTER = "mlp.gate.weight";

    /** Whether it is that of a linear layer; experts and routers are none in transformers. */
    public boolean isLinear() {
      return matrix && !part.startsWith(EXPERTS) && !part.equals(ROUTER);
    }
  }

  private final ModelConfig config;
  private final LayerStyle style;
  private final long hidden;
  private final List<Entry> entries = new ArrayList<>();

  private LayerTensors(ModelConfig config) {
    this.config = config;
    this.style = config.style();
    this.hidden = config.hiddenSize();
  }

  /** The tensors of a layer. */
  public static List<Entry> of(ModelConfig config, int layer) {
    LayerTensors tensors = new LayerTensors(config);
    tensors.norm(config.style().names().attentionNorm());
    tensors.attention();
    tensors.norm(config.style().names().attentionPostNorm());
    tensors.norm(config.style().names().mlpNorm());
    Experts experts = config.style().experts();
    if (experts != null && config.isSparse(layer)) {
      tensors.experts(experts);
    } else {
      tensors.mlp();
    }
    tensors.norm(config.style().names().mlpPostNorm());
    return List.copyOf(tensors.entries);
  }

  private void norm(@Nullable String name) {
    if (name != null) {
      entries.add(new Entry(name + WEIGHT, false, hidden));
    }
  }

  private void matrix(String name, long out, long in) {
    entries.add(new Entry(name + WEIGHT, true, out, in));
  }

  private void bias(boolean present, String name, long out) {
    if (present) {
      entries.add(new Entry(name + BIAS, false, out));
    }
  }

  private void attention() {
    TensorNames names = style.names();
    long q = (long) config.heads() * config.headDim();
    long kv = (long) config.kvHeads() * config.headDim();
    if (names.fusedQkv()) {
      matrix("self_attn.qkv_proj", q + 2 * kv, hidden);
    } else {
      matrix("self_attn.q_proj", q, hidden);
      matrix("self_attn.k_proj", kv, hidden);
      matrix("self_attn.v_proj", kv, hidden);
      bias(style.qkvBias(), "self_attn.q_proj", q);
      bias(style.qkvBias(), "self_attn.k_proj", kv);
      bias(style.qkvBias(), "self_attn.v_proj", kv);
    }
    if (style.qkNorm().isPresent()) {
      boolean all = style.qkNorm() == QkNorm.ALL_HEADS;
      entries.add(new Entry(names.qNorm() + WEIGHT, false, all ? q : config.headDim()));
      entries.add(new Entry(names.kNorm() + WEIGHT, false, all ? kv : config.headDim()));
    }
    matrix("self_attn.o_proj", hidden, q);
    bias(style.oBias(), "self_attn.o_proj", hidden);
  }

  private void mlp() {
    long inner = config.intermediateSize();
    if (style.names().fusedGateUp()) {
      matrix("mlp.gate_up_proj", 2 * inner, hidden);
    } else {
      matrix("mlp.gate_proj", inner, hidden);
      matrix("mlp.up_proj", inner, hidden);
      bias(style.mlpBias(), "mlp.gate_proj", inner);
      bias(style.mlpBias(), "mlp.up_proj", inner);
    }
    matrix("mlp.down_proj", hidden, inner);
    bias(style.mlpBias(), "mlp.down_proj", hidden);
  }

  /** As files hold them, expert by expert; in memory the experts' matrices are neighbours. */
  private void experts(Experts experts) {
    long inner = experts.intermediateSize();
    matrix("mlp.gate", experts.count(), hidden);
    for (int expert = 0; expert < experts.count(); expert++) {
      matrix("mlp.experts." + expert + ".gate_proj", inner, hidden);
      matrix("mlp.experts." + expert + ".up_proj", inner, hidden);
    }
    for (int expert = 0; expert < experts.count(); expert++) {
      matrix("mlp.experts." + expert + ".down_proj", hidden, inner);
    }
  }
}
