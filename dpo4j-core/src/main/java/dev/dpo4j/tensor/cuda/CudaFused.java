/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static dev.dpo4j.tensor.cuda.kernel.CudaTensor.of;

import dev.dpo4j.tensor.AdamWStep;
import dev.dpo4j.tensor.AttentionSpans;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.FusedKernels;
import dev.dpo4j.tensor.TensorHandle;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.Blocks;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/** The fused kernels: shapes and strides become their arguments. */
@SuppressWarnings("BadImport") // of() is what every line here begins with
final class CudaFused implements FusedKernels {
  private static final int THREADS = Blocks.THREADS;

  /** Shares of the rows whose sums are taken side by side: enough to fill a large card. */
  private static final int ROW_SHARES = 256;

  private final Driver driver;
  private final CudaBackend backend;
  private final CudaProducts products;
  private final @Nullable FlashKernels flash;
  private final Arguments arguments = new Arguments();

  CudaFused(
      Driver driver, CudaBackend backend, CudaProducts products, @Nullable FlashKernels flash) {
    this.driver = driver;
    this.backend = backend;
    this.products = products;
    this.flash = flash;
  }

  private void start(Kernel kernel, long blocks) {
    driver.launch(kernel, Blocks.limited(blocks), 1, THREADS, arguments);
  }

  @Override
  public void chooseSums(boolean tf32, boolean fixedOrder) {
    products.allowTf32(tf32);
    // All kernels of ours sum in a fixed order.
    if (flash != null) {
      flash.fixOrder(fixedOrder);
    }
  }

  /** Starts a kernel over the rows of {@code x}. */
  private void startRows(Kernel kernel, CudaTensor x) {
    start(kernel, Blocks.forRows(rows(x), x.size(x.rank() - 1)));
  }

  private static long rows(CudaTensor x) {
    return x.count() / Math.max(x.size(x.rank() - 1), 1);
  }

  /** The step from one row to the next, where all but the last dimension are rows. */
  private static long rowStride(CudaTensor x) {
    int last = x.rank() - 1;
    if (x.size(last) != 1 && x.strides()[last] != 1) {
      throw new IllegalArgumentException("rows must lie without gaps");
    }
    long stride = last == 0 ? x.size(0) : x.strides()[last - 1];
    long run = stride;
    for (int dim = last - 1; dim >= 0; dim--) {
      if (x.size(dim) != 1 && x.strides()[dim] != run) {
        throw new IllegalArgumentException("rows must follow each other at one distance");
      }
      run *= x.size(dim);
    }
    return stride;
  }

  /** Whether the first dimension's step does not follow from those of the others. */
  private static boolean liesApart(CudaTensor x) {
    return x.rank() > 2 && x.size(0) > 1 && x.strides()[0] != x.size(1) * x.strides()[1];
  }

  /** The step from one row to the next for the same index of the first dimension. */
  private static long strideWithin(CudaTensor x) {
    try (CudaTensor first = x.narrow(0, 0, 1)) {
      return rowStride(first);
    }
  }

  @Override
  public void rmsNorm(
      TensorHandle out, TensorHandle inverse, TensorHandle x, TensorHandle w, double eps) {
    CudaTensor in = of(x);
    CudaTensor result = of(out);
    arguments.begin().add(result).add(of(inverse).address());
    arguments.add(in);
    arguments.add(of(w)).add(rows(in)).add(in.size(in.rank() - 1));
    // Heads of a row that has others, too, are groups that lie apart.
    boolean groups = liesApart(result) || liesApart(in);
    long outStride = groups ? strideWithin(result) : rowStride(result);
    long xStride = groups ? strideWithin(in) : rowStride(in);
    arguments.add(outStride).add(xStride).add(eps).add(0).add(0).add(0).add(0);
    arguments.add(groups ? rows(in) / in.size(0) : Math.max(rows(in), 1));
    arguments.add(groups ? result.strides()[0] : 0).add(groups ? in.strides()[0] : 0);
    startRows(Kernel.RMS_NORM, in);
  }

  @Override
  public void rmsNormAgain(TensorHandle out, TensorHandle inverse, TensorHandle x, TensorHandle w) {
    CudaTensor in = of(x);
    CudaTensor result = of(out);
    arguments.begin().add(result).add(of(inverse).address());
    arguments.add(in);
    arguments.add(of(w)).add(rows(in)).add(in.size(in.rank() - 1));
    arguments.add(rowStride(result)).add(rowStride(in));
    startRows(Kernel.RMS_NORM_APPLY, in);
  }

  @Override
  public void rmsNormBackward(
      TensorHandle dx,
      @Nullable TensorHandle dw,
      TensorHandle dy,
      TensorHandle x,
      TensorHandle inverse,
      TensorHandle w) {
    CudaTensor in = of(x);
    CudaTensor gradient = of(dy);
    long rows = rows(in);
    long size = in.size(in.rank() - 1);
    if (dw != null) {
      try (CudaTensor partial = backend.empty(DType.FLOAT32, ROW_SHARES, size)) {
        arguments.begin().add(partial.address());
        arguments.add(gradient);
        arguments.add(in).add(of(inverse).address()).add(rows).add(size);
        arguments.add(rowStride(gradient)).add(rowStride(in));
        int threads = Blocks.threadsForColumns(size);
        long columns = Blocks.ceil(size, (long) threads * Blocks.PACK);
        driver.launch(Kernel.RMS_NORM_WEIGHT_GRADIENT, columns, ROW_SHARES, threads, arguments);
        backend.sumColumns(of(dw), partial, true);
      }
    }
    arguments.begin().add(of(dx));
    arguments.add(gradient);
    arguments.add(in).add(of(inverse).address());
    arguments.add(of(w)).add(rows).add(size);
    arguments.add(rowStride(of(dx))).add(rowStride(gradient)).add(rowStride(in)).add(0);
    startRows(Kernel.RMS_NORM_BACKWARD, in);
  }

  @Override
  public void ropeTable(
      TensorHandle cos,
      TensorHandle sin,
      TensorHandle positions,
      TensorHandle inverseFrequencies,
      double factor) {
    long rows = of(positions).count();
    long half = of(inverseFrequencies).count();
    arguments.begin().add(of(cos).address()).add(of(sin).address()).add(of(positions).address());
    arguments.add(of(inverseFrequencies).address()).add(rows).add(half).add(factor);
    start(Kernel.ROPE_TABLE, Blocks.forSingles(rows * half));
  }

  @Override
  public void rotate(
      TensorHandle out,
      TensorHandle x,
      TensorHandle cos,
      TensorHandle sin,
      int rowDim,
      int sign,
      boolean interleaved) {
    CudaTensor result = of(out);
    CudaTensor in = of(x);
    arguments.begin().add(result);
    arguments.add(in).add(of(cos).address()).add(of(sin).address());
    arguments.add(in.size(0)).add(in.size(1)).add(in.size(2)).add(in.size(3) / 2);
    for (CudaTensor tensor : new CudaTensor[] {result, in}) {
      for (int dim = 0; dim < 3; dim++) {
        arguments.add(tensor.strides()[dim]);
      }
    }
    arguments.add(rowDim).add(sign).add(interleaved ? 1 : 0);
    start(Kernel.ROTATE, Blocks.forElements(in.count() / 2));
  }

  @Override
  public void widenCodes(
      TensorHandle out, TensorHandle codes, TensorHandle book, TensorHandle scales, long block) {
    CudaTensor result = of(out);
    arguments.begin().add(result).add(of(codes).address()).add(of(book).address());
    arguments.add(of(scales).address()).add(result.count()).add(block);
    start(Kernel.WIDEN_CODES, Blocks.forElements(result.count()));
  }

  @Override
  public void swiglu(TensorHandle out, TensorHandle gate, TensorHandle up) {
    CudaTensor result = of(out);
    CudaTensor in = of(gate);
    arguments.begin().add(result).add(in.address()).add(of(up).address()).add(in.dtype());
    arguments.add(result.size(0)).add(result.size(1));
    arguments.add(result.strides()[0]).add(in.strides()[0]);
    start(Kernel.SWIGLU, Blocks.forElements(result.count()));
  }

  @Override
  public void swigluBackward(
      TensorHandle dGate,
      TensorHandle dUp,
      @Nullable TensorHandle product,
      TensorHandle dProduct,
      TensorHandle gate,
      TensorHandle up) {
    CudaTensor d = of(dGate);
    CudaTensor given = of(dProduct);
    CudaTensor in = of(gate);
    arguments.begin().add(d.address()).add(of(dUp).address()).add(d.dtype());
    arguments.add(d.strides()[0]);
    arguments.add(given).add(given.strides()[0]);
    arguments.add(in.address()).add(of(up).address()).add(in.dtype());
    arguments.add(in.strides()[0]);
    if (product == null) {
      arguments.add(0).add(0).add(0);
    } else {
      arguments.add(of(product)).add(of(product).strides()[0]);
    }
    arguments.add(in.size(0)).add(in.size(1));
    start(Kernel.SWIGLU_BACKWARD, Blocks.forElements(in.count()));
  }

  @Override
  public void logitStats(
      TensorHandle max,
      TensorHandle sum,
      @Nullable TensorHandle total,
      @Nullable TensorHandle expected,
      @Nullable TensorHandle squares,
      TensorHandle logits) {
    CudaTensor z = of(logits);
    arguments.begin().add(z).add(z.size(0)).add(z.size(1)).add(z.strides()[0]);
    arguments.add(of(max).address()).add(of(sum).address());
    arguments.add(address(total)).add(address(expected)).add(address(squares));
    start(Kernel.LOGIT_STATS, z.size(0));
  }

  private static long address(@Nullable TensorHandle x) {
    return x == null ? 0 : of(x).address();
  }

  @Override
  public void logitGradient(
      TensorHandle out, TensorHandle logits, TensorHandle max, TensorHandle scale) {
    CudaTensor z = of(logits);
    arguments.begin().add(z).add(z.size(0)).add(z.size(1)).add(z.strides()[0]);
    arguments.add(of(max).address()).add(of(scale).address());
    arguments.add(of(out)).add(of(out).strides()[0]);
    start(Kernel.LOGIT_GRADIENT, z.size(0));
  }

  @Override
  public void choose(
      TensorHandle chosen,
      TensorHandle largest,
      TensorHandle logits,
      TensorHandle temperatures,
      TensorHandle uniforms) {
    CudaTensor z = of(logits);
    arguments.begin().add(of(chosen).address()).add(of(largest).address());
    arguments.add(z).add(z.size(0)).add(z.size(1)).add(z.strides()[0]);
    arguments.add(of(temperatures).address()).add(of(uniforms).address());
    start(Kernel.CHOOSE, z.size(0));
  }

  @Override
  public void rotateAndKeep(
      TensorHandle q,
      TensorHandle qkv,
      TensorHandle keys,
      TensorHandle values,
      int kvHeads,
      TensorHandle places,
      Turn queryTurn,
      Turn keyTurn) {
    CudaTensor in = of(qkv);
    CudaTensor kept = of(keys);
    long size = kept.size(2);
    arguments.begin().add(of(q).address());
    arguments.add(in).add(in.strides()[0]);
    arguments.add(kept.address()).add(of(values).address()).add(kept.dtype());
    arguments.add(of(places).address());
    for (Turn turn : new Turn[] {queryTurn, keyTurn}) {
      arguments.add(of(turn.cos()).address()).add(of(turn.sin()).address());
      arguments.add(turn.half()).add(turn.rest());
    }
    long heads = in.size(1) / size - 2L * kvHeads;
    arguments.add(in.size(0)).add(heads).add((long) kvHeads).add(size);
    start(Kernel.ROTATE_KEEP, Blocks.forSingles(in.count()));
  }

  @Override
  public void attendKept(
      TensorHandle out,
      TensorHandle q,
      TensorHandle keys,
      TensorHandle values,
      int kvHeads,
      TensorHandle ends) {
    CudaTensor kept = of(keys);
    CudaTensor result = of(out);
    long sequences = result.size(0);
    long room = kept.size(1);
    long size = kept.size(2);
    long width = result.size(1);
    long group = width / size / kvHeads;
    arguments.begin().add(result).add(of(q).address()).add(kept.address());
    arguments.add(of(values).address()).add(kept.dtype()).add(0);
    arguments.add(sequences).add((long) kvHeads).add(group).add(room).add(size);
    arguments.add(kvHeads * room * size).add(room * size).add(size);
    arguments.add(width).add(group * size).add(size);
    arguments.add(result.strides()[0]).add(group * size).add(size);
    arguments.add(0).add(1.0).add(of(ends).address());
    start(Kernel.ATTENTION_STEP, sequences * kvHeads * group);
  }

  @Override
  public boolean supportsAttention(DType dtype, long headSize) {
    return flash != null && flash.supports(dtype, headSize);
  }

  private FlashKernels flash() {
    if (flash == null) {
      throw new IllegalStateException("the engine has no attention kernels");
    }
    return flash;
  }

  private static FlashKernels.Heads heads(TensorHandle handle) {
    CudaTensor x = of(handle);
    return new FlashKernels.Heads(
        x.address(), x.dtype(), x.size(0), (int) x.size(1), (int) x.size(2), x.strides()[0]);
  }

  private static FlashKernels.Spans spans(
      AttentionSpans spans, CudaTensor queryStarts, CudaTensor keyStarts) {
    return new FlashKernels.Spans(
        queryStarts.address(),
        keyStarts.address(),
        (int) queryStarts.count() - 1,
        spans.longestQueries(),
        spans.longestKeys(),
        spans.scale(),
        spans.window());
  }

  @Override
  public void attention(
      TensorHandle out,
      TensorHandle logSumExp,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      AttentionSpans spans,
      TensorHandle queryStarts,
      TensorHandle keyStarts) {
    flash()
        .forward(
            heads(out),
            of(logSumExp).address(),
            heads(q),
            heads(k),
            heads(v),
            spans(spans, of(queryStarts), of(keyStarts)));
  }

  @Override
  public void attentionBackward(
      TensorHandle dq,
      TensorHandle dk,
      TensorHandle dv,
      TensorHandle dout,
      TensorHandle out,
      TensorHandle logSumExp,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      AttentionSpans spans,
      TensorHandle queryStarts,
      TensorHandle keyStarts) {
    flash()
        .backward(
            heads(dq),
            heads(dk),
            heads(dv),
            heads(dout),
            heads(out),
            of(logSumExp).address(),
            heads(q),
            heads(k),
            heads(v),
            spans(spans, of(queryStarts), of(keyStarts)));
  }

  @Override
  public void adamW(
      TensorHandle weights,
      TensorHandle grads,
      TensorHandle firstMoment,
      TensorHandle secondMoment,
      @Nullable TensorHandle copy,
      AdamWStep step,
      double gradientScale,
      boolean clearGradients) {
    CudaTensor w = of(weights);
    arguments.begin().add(w.address());
    arguments.add(of(grads)).add(of(firstMoment).address()).add(of(secondMoment).address());
    arguments.add(address(copy));
    arguments.add(copy == null ? DType.BFLOAT16 : copy.dtype());
    arguments.add(w.count()).add(step.learningRate()).add(step.beta1()).add(step.beta2());
    arguments.add(step.epsilon()).add(step.weightDecay());
    arguments.add(1 - Math.pow(step.beta1(), (double) step.number()));
    arguments.add(1 - Math.pow(step.beta2(), (double) step.number()));
    arguments.add(gradientScale).add(clearGradients ? 1 : 0);
    start(Kernel.ADAMW, Blocks.forElements(w.count()));
  }

  @Override
  public void addRowsByToken(
      TensorHandle out,
      TensorHandle x,
      TensorHandle order,
      TensorHandle starts,
      TensorHandle token) {
    CudaTensor in = of(x);
    long unique = of(token).count();
    arguments.begin().add(of(out).address()).add(of(out).strides()[0]);
    arguments.add(in).add(of(order).address()).add(of(starts).address()).add(of(token).address());
    arguments.add(unique).add(in.size(1)).add(in.strides()[0]);
    start(Kernel.EMBEDDING_GRADIENT, Blocks.forRows(unique, in.size(1)));
  }

  @Override
  public void addPairsOfRows(
      TensorHandle out, TensorHandle x, TensorHandle first, TensorHandle second) {
    CudaTensor in = of(x);
    CudaTensor result = of(out);
    arguments.begin().add(result);
    arguments.add(in).add(of(first).address()).add(of(second).address()).add(of(first).dtype());
    arguments.add(result.size(0)).add(result.size(1));
    arguments.add(result.strides()[0]).add(in.strides()[0]).add(0);
    startRows(Kernel.SCATTER_KV_ADD, result);
  }
}
