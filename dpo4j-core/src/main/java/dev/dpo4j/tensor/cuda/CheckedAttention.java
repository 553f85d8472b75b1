/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Causal attention of {@link CheckedModel}: all heads of queries see the one head of keys. */
interface CheckedAttention {
  /** What the products are multiplied by. */
  double SCALE = 1 / Math.sqrt(CheckedModel.SIZE);

  /** Gradients of queries, keys and values. */
  record Gradients(CudaTensor q, CudaTensor k, CudaTensor v) {}

  /**
   * Attends.
   *
   * @param q {@code [rows, heads * size]}
   * @param k {@code [rows, size]}
   * @param v {@code [rows, size]}
   * @return {@code [rows, heads * size]}
   */
  CudaTensor forward(CudaTensor q, CudaTensor k, CudaTensor v);

  /** The gradients of the last call's arguments. */
  Gradients backward(CudaTensor dout);

  /** By the kernels of the installed engine, all sequences at once. */
  final class ByFlash implements CheckedAttention {
    private final CheckedNumbers numbers;
    private final FlashKernels flash;
    private final DType type;
    private final CudaTensor starts;
    private final FlashKernels.Spans spans;
    private @Nullable Kept kept;

    private record Kept(
        CudaTensor q, CudaTensor k, CudaTensor v, CudaTensor out, CudaTensor sums) {}

    ByFlash(CheckedNumbers numbers, FlashKernels flash, DType type, int[] lengths) {
      this.numbers = numbers;
      this.flash = flash;
      this.type = type;
      int count = lengths.length;
      double[] ends = new double[count + 1];
      for (int i = 0; i < count; i++) {
        ends[i + 1] = ends[i] + lengths[i];
      }
      starts = numbers.of(DType.INT32, ends, count + 1);
      int longest = IntStream.of(lengths).max().orElse(0);
      spans =
          new FlashKernels.Spans(
              starts.address(), starts.address(), count, longest, longest, SCALE, 0);
    }

    private static FlashKernels.Heads heads(CudaTensor x) {
      int size = CheckedModel.SIZE;
      int heads = (int) x.size(1) / size;
      return new FlashKernels.Heads(
          x.address(), x.dtype(), x.size(0), heads, size, (long) heads * size);
    }

    @Override
    public CudaTensor forward(CudaTensor q, CudaTensor k, CudaTensor v) {
      CudaTensor out = numbers.empty(type, q.shape());
      CudaTensor sums = numbers.empty(DType.FLOAT32, CheckedModel.HEADS, q.size(0));
      flash.forward(heads(out), sums.address(), heads(q), heads(k), heads(v), spans);
      kept = new Kept(q, k, v, out, sums);
      return out;
    }

    @Override
    public Gradients backward(CudaTensor dout) {
      if (kept == null) {
        throw new IllegalStateException("a backward pass without a forward pass");
      }
      Gradients d =
          new Gradients(
              numbers.empty(type, kept.q.shape()),
              numbers.empty(type, kept.k.shape()),
              numbers.empty(type, kept.v.shape()));
      flash.backward(
          heads(d.q()),
          heads(d.k()),
          heads(d.v()),
          heads(dout),
          heads(kept.out),
          kept.sums.address(),
          heads(kept.q),
          heads(kept.k),
          heads(kept.v),
          spans);
      return d;
    }
  }

  /** By products and a softmax, for one head of one sequence after the other. */
  final class ByProducts implements CheckedAttention {
    private static final double HIDDEN = -1e9;

    private final CheckedNumbers numbers;
    private final CudaBackend backend;
    private final DType type;
    private final int[] lengths;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable Gradients arguments;

    /** A head of a sequence. */
    private record Part(int head, int from, int rows, CudaTensor probabilities) {}

    ByProducts(CheckedNumbers numbers, CudaBackend backend, DType type, int[] lengths) {
      this.numbers = numbers;
      this.backend = backend;
      this.type = type;
      this.lengths = lengths;
    }

    private CudaTensor part(CudaTensor x, Part part, int head) {
      CudaTensor rows = numbers.narrow(x, 0, part.from, part.rows);
      return numbers.narrow(rows, 1, (long) head * CheckedModel.SIZE, CheckedModel.SIZE);
    }

    @Override
    public CudaTensor forward(CudaTensor q, CudaTensor k, CudaTensor v) {
      arguments = new Gradients(q, k, v);
      parts.clear();
      CudaTensor out = numbers.empty(type, q.shape());
      int from = 0;
      for (int rows : lengths) {
        double[] hidden =
            IntStream.range(0, rows * rows)
                .mapToDouble(i -> i % rows > i / rows ? HIDDEN : 0)
                .toArray();
        CudaTensor mask = numbers.of(DType.FLOAT32, hidden, rows, rows);
        for (int head = 0; head < CheckedModel.HEADS; head++) {
          CudaTensor scores = numbers.empty(DType.FLOAT32, rows, rows);
          Part part = new Part(head, from, rows, numbers.empty(type, rows, rows));
          backend.mm(scores, part(q, part, head), numbers.turned(part(k, part, 0)), false);
          backend.unary(Backend.Unary.MULTIPLY, scores, scores, SCALE);
          backend.binary(Backend.Binary.ADD, scores, scores, mask, 1);
          backend.softmax(part.probabilities, scores);
          backend.mm(part(out, part, head), part.probabilities, part(v, part, 0), false);
          parts.add(part);
        }
        from += rows;
      }
      return out;
    }

    @Override
    public Gradients backward(CudaTensor dout) {
      if (arguments == null) {
        throw new IllegalStateException("a backward pass without a forward pass");
      }
      Gradients of = arguments;
      Gradients d =
          new Gradients(
              numbers.empty(type, of.q().shape()),
              numbers.zeros(type, of.k().shape()),
              numbers.zeros(type, of.v().shape()));
      for (Part part : parts) {
        int rows = part.rows;
        CudaTensor p = part.probabilities;
        CudaTensor dPart = part(dout, part, part.head);
        backend.mm(part(d.v(), part, 0), numbers.turned(p), dPart, true);
        CudaTensor dp = numbers.empty(DType.FLOAT32, rows, rows);
        backend.mm(dp, dPart, numbers.turned(part(of.v(), part, 0)), false);
        CudaTensor product = numbers.empty(DType.FLOAT32, rows, rows);
        backend.binary(Backend.Binary.MULTIPLY, product, dp, p, 1);
        CudaTensor sums = numbers.empty(DType.FLOAT32, rows, 1);
        backend.reduce(Backend.Reduction.SUM, sums, product, 1);
        backend.binary(Backend.Binary.SUBTRACT, dp, dp, sums, 1);
        backend.binary(Backend.Binary.MULTIPLY, dp, dp, p, 1);
        CudaTensor scores = numbers.empty(type, rows, rows);
        backend.unary(Backend.Unary.MULTIPLY, scores, dp, SCALE);
        backend.mm(part(d.q(), part, part.head), scores, part(of.k(), part, 0), false);
        CudaTensor queries = part(of.q(), part, part.head);
        backend.mm(part(d.k(), part, 0), numbers.turned(scores), queries, true);
      }
      return d;
    }
  }
}
