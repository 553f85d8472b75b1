/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.AdamWStep;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.FusedKernels;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A Llama of two layers with its gradients and its optimizer, in nothing but the operations of a
 * device. Its weights and tokens follow from a formula.
 */
final class CheckedModel {
  static final int HEADS = 2;
  static final int SIZE = 16;
  private static final int VOCAB = 29;
  private static final int HIDDEN = 32;
  private static final int INNER = 48;
  private static final int LAYERS = 2;
  private static final int[][] TOKENS = {{3, 14, 15, 9, 26}, {5, 3, 5, 8}};
  private static final double THETA = 10_000;
  private static final double NORM_EPSILON = 1e-5;

  /** With so large an epsilon the change of a weight follows its gradient, not only the sign. */
  private static final AdamWStep STEP = new AdamWStep(1, 1e-2, 0.9, 0.999, 0.1, 1e-2);

  private final CheckedNumbers numbers;
  private final CudaBackend backend;
  private final FusedKernels fused;
  private final DType type;
  private final List<Weight> weights = new ArrayList<>();
  private final Weight embedding;
  private final List<Layer> layers = new ArrayList<>();
  private final Weight lastNorm;
  private final Weight head;
  private final CudaTensor tokens;
  private final CudaTensor cos;
  private final CudaTensor sin;

  /** What each row adds to the loss, and its target's place among the logits. */
  private final double[] shares;

  private final CudaTensor targets;
  private final Last last;

  /**
   * A weight with what the optimizer keeps of it.
   *
   * @param copy the weight in the type of the products, where that is another one
   */
  record Weight(
      String name,
      CudaTensor value,
      @Nullable CudaTensor copy,
      CudaTensor gradient,
      CudaTensor firstMoment,
      CudaTensor secondMoment) {
    CudaTensor factor() {
      return copy == null ? value : copy;
    }
  }

  /** What the head leaves for the backward pass. */
  private record Last(
      CudaTensor x,
      CudaTensor inverse,
      CudaTensor normed,
      CudaTensor logits,
      CudaTensor max,
      CudaTensor sum) {}

  /**
   * Makes the model.
   *
   * @param type what products and activations are computed in
   * @param flash attention's kernels; null to compute it by products
   */
  CheckedModel(
      CheckedNumbers numbers, CudaBackend backend, DType type, @Nullable FlashKernels flash) {
    this.numbers = numbers;
    this.backend = backend;
    this.fused = backend.fused();
    this.type = type;
    embedding = weight("model.embed_tokens", VOCAB, HIDDEN);
    int[] lengths = IntStream.range(0, TOKENS.length).map(i -> TOKENS[i].length).toArray();
    for (int i = 0; i < LAYERS; i++) {
      layers.add(
          new Layer(
              "model.layers." + i + ".",
              flash == null
                  ? new CheckedAttention.ByProducts(numbers, backend, type, lengths)
                  : new CheckedAttention.ByFlash(numbers, flash, type, lengths)));
    }
    lastNorm = weight("model.norm", HIDDEN);
    head = weight("lm_head", VOCAB, HIDDEN);
    int rows = IntStream.of(lengths).sum();
    int half = SIZE / 2;
    double[] ids = new double[rows];
    double[] positions = new double[rows];
    double[] wanted = new double[rows];
    shares = new double[rows];
    int row = 0;
    for (int[] sequence : TOKENS) {
      for (int at = 0; at < sequence.length; at++, row++) {
        boolean ends = at == sequence.length - 1;
        ids[row] = sequence[at];
        positions[row] = at;
        wanted[row] = row * VOCAB + (ends ? 0 : sequence[at + 1]);
        shares[row] = ends ? 0 : 1.0 / (rows - TOKENS.length);
      }
    }
    tokens = numbers.of(DType.INT64, ids, rows);
    targets = numbers.of(DType.INT64, wanted, rows);
    cos = numbers.empty(DType.FLOAT32, rows, half);
    sin = numbers.empty(DType.FLOAT32, rows, half);
    double[] frequencies =
        IntStream.range(0, half).mapToDouble(i -> Math.pow(THETA, -(double) i / half)).toArray();
    fused.ropeTable(
        cos,
        sin,
        numbers.of(DType.INT32, positions, rows),
        numbers.of(DType.FLOAT64, frequencies, half),
        1);
    last =
        new Last(
            rows(HIDDEN),
            numbers.empty(DType.FLOAT32, rows),
            rows(HIDDEN),
            numbers.empty(DType.FLOAT32, rows, VOCAB),
            numbers.empty(DType.FLOAT32, rows),
            numbers.empty(DType.FLOAT32, rows));
  }

  /** Sixteenths between -3 and 3, by the generator of C's standard; others for another seed. */
  static double[] formula(int count, int seed) {
    double[] values = new double[count];
    long state = seed;
    for (int i = 0; i < count; i++) {
      state = (state * 1_103_515_245L + 12_345) & 0x7fffffff;
      values[i] = (state / (1 << 16) % 97 - 48) / 16.0;
    }
    return values;
  }

  /** What a weight was before the step; the numbers of norms lie around 1. */
  static double[] start(int seed, long[] shape) {
    double[] values = formula((int) CudaTensor.count(shape), seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = shape.length == 1 ? 1 + values[i] / 32 : values[i] / 8;
    }
    return values;
  }

  private Weight weight(String name, long... shape) {
    CudaTensor value = numbers.of(DType.FLOAT32, start(weights.size(), shape), shape);
    CudaTensor copy = null;
    if (type != DType.FLOAT32 && shape.length > 1) {
      copy = numbers.empty(type, shape);
      backend.unary(Backend.Unary.COPY, copy, value, 0);
    }
    Weight weight =
        new Weight(
            name,
            value,
            copy,
            numbers.zeros(DType.FLOAT32, shape),
            numbers.zeros(DType.FLOAT32, shape),
            numbers.zeros(DType.FLOAT32, shape));
    weights.add(weight);
    return weight;
  }

  /** The weights in the order of their seeds. */
  List<Weight> weights() {
    return weights;
  }

  private CudaTensor rows(long columns) {
    return numbers.empty(type, shares.length, columns);
  }

  /** The mean of the negative log-probs of all tokens but the first of each sequence. */
  double loss() {
    CudaTensor x = rows(HIDDEN);
    backend.gatherRows(x, embedding.factor(), tokens);
    for (Layer layer : layers) {
      x = layer.forward(x);
    }
    backend.unary(Backend.Unary.COPY, last.x, x, 0);
    fused.rmsNorm(last.normed, last.inverse, x, lastNorm.value, NORM_EPSILON);
    backend.mm(last.logits, last.normed, numbers.turned(head.factor()), false);
    fused.logitStats(last.max, last.sum, null, null, null, last.logits);
    CudaTensor picked = numbers.empty(DType.FLOAT32, shares.length);
    backend.pick(picked, last.logits, targets);
    double[] max = numbers.read(last.max);
    double[] sum = numbers.read(last.sum);
    double[] logit = numbers.read(picked);
    return IntStream.range(0, shares.length)
        .mapToDouble(i -> shares[i] * (Math.log(sum[i]) + max[i] - logit[i]))
        .sum();
  }

  /** Adds the loss's gradients to those of the weights; {@link #loss} was called before. */
  void backward() {
    int count = shares.length;
    double[] sum = numbers.read(last.sum);
    double[] scales = new double[count];
    double[] targetsShares = new double[count];
    for (int i = 0; i < count; i++) {
      scales[i] = shares[i] / sum[i];
      targetsShares[i] = -shares[i];
    }
    CudaTensor d = rows(VOCAB);
    CudaTensor scale = numbers.of(DType.FLOAT32, scales, count);
    fused.logitGradient(d, last.logits, last.max, scale);
    backend.addAt(d, targets, numbers.of(DType.FLOAT32, targetsShares, count));
    CudaTensor dx = numbers.zeros(DType.FLOAT32, count, HIDDEN);
    CudaTensor normed = backward(head, d, last.normed);
    fused.rmsNormBackward(dx, lastNorm.gradient, normed, last.x, last.inverse, lastNorm.value);
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).backward(dx);
    }
    backend.addRows(embedding.gradient, tokens, dx);
  }

  /** Changes the weights by one step of AdamW. */
  void step() {
    for (Weight w : weights) {
      fused.adamW(w.value, w.gradient, w.firstMoment, w.secondMoment, w.copy, STEP, 1, false);
    }
  }

  /** {@code x w^T}. */
  private CudaTensor times(CudaTensor x, Weight w) {
    CudaTensor out = rows(w.value.size(0));
    backend.mm(out, x, numbers.turned(w.factor()), false);
    return out;
  }

  /** Adds {@code dy^T x} to the weight's gradient and returns {@code dy w}. */
  private CudaTensor backward(Weight w, CudaTensor dy, CudaTensor x) {
    CudaTensor dx = rows(w.value.size(1));
    backward(w, dy, x, dx, false);
    return dx;
  }

  private void backward(Weight w, CudaTensor dy, CudaTensor x, CudaTensor dx, boolean add) {
    backend.mm(w.gradient, numbers.turned(dy), x, true);
    backend.mm(dx, dy, w.factor(), add);
  }

  private CudaTensor sum(CudaTensor a, CudaTensor b) {
    CudaTensor out = rows(HIDDEN);
    backend.binary(Backend.Binary.ADD, out, a, b, 1);
    return out;
  }

  /** Turns heads by their positions, or back. */
  private void rotate(CudaTensor x, int sign) {
    CudaTensor heads = numbers.view(x, 1, shares.length, x.size(1) / SIZE, SIZE);
    fused.rotate(heads, heads, cos, sin, 1, sign, false);
  }

  /** A decoder layer, which keeps what its backward pass needs. */
  private final class Layer {
    private final Weight inputNorm;
    private final Weight q;
    private final Weight k;
    private final Weight v;
    private final Weight o;
    private final Weight mlpNorm;
    private final Weight gate;
    private final Weight up;
    private final Weight down;
    private final CheckedAttention attention;
    private @Nullable Kept kept;

    Layer(String at, CheckedAttention attention) {
      this.attention = attention;
      inputNorm = weight(at + "input_layernorm", HIDDEN);
      q = weight(at + "self_attn.q_proj", HEADS * SIZE, HIDDEN);
      k = weight(at + "self_attn.k_proj", SIZE, HIDDEN);
      v = weight(at + "self_attn.v_proj", SIZE, HIDDEN);
      o = weight(at + "self_attn.o_proj", HIDDEN, HEADS * SIZE);
      mlpNorm = weight(at + "post_attention_layernorm", HIDDEN);
      gate = weight(at + "mlp.gate_proj", INNER, HIDDEN);
      up = weight(at + "mlp.up_proj", INNER, HIDDEN);
      down = weight(at + "mlp.down_proj", HIDDEN, INNER);
    }

    CudaTensor forward(CudaTensor x) {
      CudaTensor inverse = numbers.empty(DType.FLOAT32, shares.length);
      CudaTensor normed = rows(HIDDEN);
      fused.rmsNorm(normed, inverse, x, inputNorm.value, NORM_EPSILON);
      CudaTensor queries = times(normed, q);
      CudaTensor keys = times(normed, k);
      rotate(queries, -1);
      rotate(keys, -1);
      CudaTensor attended = attention.forward(queries, keys, times(normed, v));
      CudaTensor between = sum(x, times(attended, o));
      CudaTensor secondInverse = numbers.empty(DType.FLOAT32, shares.length);
      CudaTensor second = rows(HIDDEN);
      fused.rmsNorm(second, secondInverse, between, mlpNorm.value, NORM_EPSILON);
      CudaTensor gates = times(second, gate);
      CudaTensor ups = times(second, up);
      CudaTensor inner = rows(INNER);
      fused.swiglu(inner, gates, ups);
      kept =
          new Kept(x, inverse, normed, attended, between, secondInverse, second, gates, ups, inner);
      return sum(between, times(inner, down));
    }

    /** Replaces the gradient of the layer's result by that of its input. */
    void backward(CudaTensor dx) {
      if (kept == null) {
        throw new IllegalStateException("a backward pass without a forward pass");
      }
      CudaTensor dInner = CheckedModel.this.backward(down, typed(dx), kept.inner);
      CudaTensor dGate = rows(INNER);
      CudaTensor dUp = rows(INNER);
      fused.swigluBackward(dGate, dUp, null, dInner, kept.gates, kept.ups);
      CudaTensor dSecond = CheckedModel.this.backward(gate, dGate, kept.second);
      CheckedModel.this.backward(up, dUp, kept.second, dSecond, true);
      fused.rmsNormBackward(
          dx, mlpNorm.gradient, dSecond, kept.between, kept.secondInverse, mlpNorm.value);
      CudaTensor dAttended = CheckedModel.this.backward(o, typed(dx), kept.attended);
      CheckedAttention.Gradients d = attention.backward(dAttended);
      rotate(d.q(), 1);
      rotate(d.k(), 1);
      CudaTensor dNormed = CheckedModel.this.backward(q, d.q(), kept.normed);
      CheckedModel.this.backward(k, d.k(), kept.normed, dNormed, true);
      CheckedModel.this.backward(v, d.v(), kept.normed, dNormed, true);
      fused.rmsNormBackward(dx, inputNorm.gradient, dNormed, kept.x, kept.inverse, inputNorm.value);
    }

    private CudaTensor typed(CudaTensor dx) {
      CudaTensor copy = rows(HIDDEN);
      backend.unary(Backend.Unary.COPY, copy, dx, 0);
      return copy;
    }
  }

  /** Activations of a layer. */
  private record Kept(
      CudaTensor x,
      CudaTensor inverse,
      CudaTensor normed,
      CudaTensor attended,
      CudaTensor between,
      CudaTensor secondInverse,
      CudaTensor second,
      CudaTensor gates,
      CudaTensor ups,
      CudaTensor inner) {}
}
