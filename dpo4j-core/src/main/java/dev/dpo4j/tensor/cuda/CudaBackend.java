/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static dev.dpo4j.tensor.cuda.kernel.CudaTensor.of;

import dev.dpo4j.tensor.AdamWStep;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.FusedKernels;
import dev.dpo4j.tensor.TensorHandle;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.Blocks;
import dev.dpo4j.tensor.cuda.kernel.CardTraits;
import dev.dpo4j.tensor.cuda.kernel.CudaTensor;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.Loop;
import dev.dpo4j.tensor.cuda.kernel.Products;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Tensors on a card: every operation is a kernel of ours or a product of cuBLAS.
 *
 * <p>Nothing here waits for the device but {@link #get} and {@link #norm}.
 */
@SuppressWarnings("BadImport") // of() is what every line here begins with
public final class CudaBackend implements Backend {
  private static final int THREADS = Blocks.THREADS;

  private static final int MOST_NORM_BLOCKS = 512;

  private final Device device;
  private final CardTraits traits;
  private final Driver driver;
  private final CudaProducts products;
  private final Arguments arguments = new Arguments();
  private final FusedKernels fused;
  private final @Nullable PeerDoor peers;

  public CudaBackend(
      Device device,
      CardTraits traits,
      Driver driver,
      Products products,
      @Nullable FlashKernels flash,
      @Nullable PeerDoor peers) {
    this.device = device;
    this.traits = traits;
    this.driver = driver;
    this.peers = peers;
    this.products = new CudaProducts(this, products);
    this.fused = new CudaFused(driver, this, flash);
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public String describe() {
    return traits.description();
  }

  @Override
  public String identity() {
    return traits.identity();
  }

  @Override
  public boolean hasBfloat16() {
    return traits.bfloat16();
  }

  @Override
  public FusedKernels fused() {
    return fused;
  }

  @Override
  public @Nullable PeerDoor peers() {
    return peers;
  }

  @Override
  public long freeBytes() {
    return driver.freeBytes();
  }

  @Override
  public long peakBytes() {
    return driver.peakBytes();
  }

  @Override
  public void synchronize() {
    driver.synchronize();
  }

  // ---- memory and views

  @Override
  public CudaTensor empty(DType dtype, long... shape) {
    return CudaTensor.empty(driver, dtype, shape);
  }

  @Override
  public boolean hasOwnMemory() {
    return true;
  }

  @Override
  public CudaTensor emptyOnHost(DType dtype, long... shape) {
    return CudaTensor.emptyOnHost(driver, dtype, shape);
  }

  @Override
  public long copyAside(TensorHandle out, TensorHandle x) {
    CudaTensor target = of(out);
    CudaTensor source = of(x);
    boolean toHost = target.isOnHost();
    boolean plain = target.isContiguous() && source.isContiguous();
    if (!plain || target.bytes() != source.bytes() || toHost == source.isOnHost()) {
      throw new IllegalArgumentException(
          "copies beside the launches are plain ones between the device and the host");
    }
    return driver.copyAside(target.address(), source.address(), target.bytes(), toHost);
  }

  @Override
  public void await(long copy) {
    driver.await(copy);
  }

  @Override
  public void put(TensorHandle target, long offset, ByteBuffer source) {
    if (source.hasRemaining()) {
      driver.toDevice(of(target).address() + offset, source);
    }
  }

  @Override
  public void get(TensorHandle source, long offset, ByteBuffer target) {
    if (target.hasRemaining()) {
      driver.fromDevice(target, of(source).address() + offset);
    }
  }

  @Override
  public long address(TensorHandle x) {
    return of(x).address();
  }

  @Override
  public TensorHandle narrow(TensorHandle x, int dim, long start, long length) {
    return of(x).narrow(dim, start, length);
  }

  @Override
  public TensorHandle view(TensorHandle x, long... shape) {
    return of(x).view(shape);
  }

  @Override
  public TensorHandle permute(TensorHandle x, long... order) {
    return of(x).permute(order);
  }

  @Override
  public TensorHandle reinterpret(TensorHandle x, DType dtype) {
    return of(x).reinterpret(dtype);
  }

  // ---- element by element

  private void start(Kernel kernel, long blocks, Arguments filled) {
    driver.launch(kernel, Blocks.limited(blocks), 1, THREADS, filled);
  }

  @Override
  public void unary(Unary op, TensorHandle out, TensorHandle x, double number) {
    unary(op, of(out), of(x), number);
  }

  private void unary(Unary op, CudaTensor out, CudaTensor x, double number) {
    if (out.count() == 0) {
      return;
    }
    if (op == Unary.FILL && number == 0 && out.isContiguous()) {
      driver.zero(out.address(), out.bytes());
      return;
    }
    boolean plain = op == Unary.COPY && out.dtype() == x.dtype() && out.count() == x.count();
    if (plain && out.isContiguous() && x.isContiguous()) {
      driver.copy(out.address(), x.address(), out.bytes());
      return;
    }
    Loop loop = op == Unary.FILL ? Loop.over(out, out) : Loop.over(out, x);
    arguments.begin().add(out).add(x);
    loop.addSizes(arguments);
    loop.addSteps(arguments, 0);
    loop.addSteps(arguments, 1);
    start(Kernel.UNARY, Blocks.forElements(loop.count()), arguments.add(code(op)).add(number));
  }

  private static long code(Unary op) {
    return switch (op) {
      case COPY -> 0;
      case EXP -> 1;
      case LOG -> 2;
      case SQRT -> 3;
      case RSQRT -> 4;
      case ABS -> 5;
      case SILU -> 6;
      case FILL -> 7;
      case ADD -> 8;
      case MULTIPLY -> 9;
      case AT_LEAST -> 10;
      case GELU_TANH -> 13;
    };
  }

  private static long code(Binary op) {
    return switch (op) {
      case ADD -> 0;
      case SUBTRACT -> 1;
      case MULTIPLY -> 2;
      case DIVIDE -> 3;
      case SILU_BACKWARD -> 4;
      case GELU_TANH_BACKWARD -> 5;
    };
  }

  private static long code(Reduction op) {
    return switch (op) {
      case SUM -> 0;
      case MAX -> 1;
      case NORM -> 2;
    };
  }

  @Override
  public void binary(Binary op, TensorHandle out, TensorHandle a, TensorHandle b, double alpha) {
    if (of(out).count() > 0) {
      Loop loop = pair(of(out), of(a), of(b));
      start(Kernel.BINARY, Blocks.forElements(loop.count()), arguments.add(code(op)).add(alpha));
    }
  }

  @Override
  public void addcmul(TensorHandle out, TensorHandle a, TensorHandle b, double alpha) {
    if (of(out).count() > 0) {
      Loop loop = pair(of(out), of(a), of(b));
      start(Kernel.ADDCMUL, Blocks.forElements(loop.count()), arguments.add(alpha));
    }
  }

  private Loop pair(CudaTensor out, CudaTensor a, CudaTensor b) {
    Loop loop = Loop.over(out, a, b);
    arguments.begin().add(out).add(a).add(b);
    loop.addSizes(arguments);
    for (int i = 0; i <= 2; i++) {
      loop.addSteps(arguments, i);
    }
    return loop;
  }

  // ---- reductions

  @Override
  public void reduce(Reduction op, TensorHandle out, TensorHandle x, int dim) {
    CudaTensor in = of(x);
    CudaTensor target = of(out);
    if (target.count() == 0) {
      return;
    }
    if (!target.isContiguous()) {
      try (CudaTensor aside = empty(target.dtype(), target.shape())) {
        reduce(op, aside, x, dim);
        unary(Unary.COPY, target, aside, 0);
      }
    } else if (dim == in.rank() - 1) {
      addRows(target, in).add(code(op));
      start(Kernel.REDUCE_LAST, Blocks.forRows(target.count(), in.size(in.rank() - 1)), arguments);
    } else if (op == Reduction.SUM && in.rank() == 2) {
      sumColumns(target, in, false);
    } else {
      try (CudaTensor last = moved(in, dim)) {
        reduce(op, out, last, in.rank() - 1);
      }
    }
  }

  /** The same tensor with dimension {@code dim} as the last. */
  private static CudaTensor moved(CudaTensor x, int dim) {
    long[] order = new long[x.rank()];
    int to = 0;
    for (int i = 0; i < order.length; i++) {
      if (i != dim) {
        order[to++] = i;
      }
    }
    order[to] = dim;
    return x.permute(order);
  }

  private Arguments addRows(CudaTensor out, CudaTensor x) {
    int last = x.rank() - 1;
    long columns = x.size(last);
    arguments.begin().add(out).add(x);
    arguments.add(columns == 0 ? 0 : x.count() / columns).add(columns);
    long[] sizes = java.util.Arrays.copyOf(x.shape(), last);
    long[] steps = java.util.Arrays.copyOf(x.strides(), last);
    return arguments
        .add(last)
        .add(sizes, Loop.RANK, 1)
        .add(steps, Loop.RANK, 0)
        .add(x.strides()[last]);
  }

  /** {@code out[n] = sum over rows of x[m, n]}, or adds it. */
  void sumColumns(CudaTensor out, CudaTensor x, boolean add) {
    arguments
        .begin()
        .add(out)
        .add(x)
        .add(1)
        .add(x.size(0))
        .add(x.size(1))
        .add(0)
        .add(x.strides()[0])
        .add(x.strides()[1])
        .add(add ? 1 : 0);
    start(Kernel.REDUCE_MIDDLE, (x.size(1) + 31) / 32, arguments);
  }

  @Override
  public void argmax(TensorHandle out, TensorHandle x) {
    addRows(of(out), of(x));
    start(Kernel.ARGMAX_LAST, of(out).count(), arguments);
  }

  @Override
  public double norm(TensorHandle x) {
    CudaTensor in = of(x);
    if (in.count() == 0) {
      return 0;
    }
    int blocks = (int) Math.min(MOST_NORM_BLOCKS, Blocks.forElements(in.count()));
    try (CudaTensor partial = empty(DType.FLOAT64, blocks);
        CudaTensor flat = packed(in)) {
      arguments.begin().add(partial.address()).add(flat).add(flat.count());
      start(Kernel.SUM_SQUARES, blocks, arguments);
      ByteBuffer bytes = ByteBuffer.allocate(blocks * Double.BYTES).order(ByteOrder.nativeOrder());
      driver.fromDevice(bytes, partial.address());
      bytes.flip();
      double sum = 0;
      while (bytes.hasRemaining()) {
        sum += bytes.getDouble();
      }
      return Math.sqrt(sum);
    }
  }

  /** The tensor itself, or a copy without gaps; to be closed either way. */
  CudaTensor packed(CudaTensor x) {
    if (x.isContiguous()) {
      return x.narrow(0, 0, x.rank() == 0 ? 0 : x.size(0));
    }
    CudaTensor copy = empty(x.dtype(), x.shape());
    unary(Unary.COPY, copy, x, 0);
    return copy;
  }

  @Override
  public void softmax(TensorHandle out, TensorHandle x) {
    try (CudaTensor in = packed(of(x));
        CudaTensor result =
            of(out).isContiguous()
                ? of(out).narrow(0, 0, of(out).size(0))
                : empty(of(out).dtype(), of(out).shape())) {
      long columns = in.size(in.rank() - 1);
      long rows = in.count() / Math.max(columns, 1);
      if (rows > 0) {
        arguments.begin().add(result).add(in).add(rows).add(columns);
        start(Kernel.SOFTMAX, Blocks.forRows(rows, columns), arguments);
      }
      if (!of(out).isContiguous()) {
        unary(Unary.COPY, of(out), result, 0);
      }
    }
  }

  // ---- products

  @Override
  public void mm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add) {
    products.multiply(of(out), of(a), of(b), add);
  }

  @Override
  public void addmm(TensorHandle out, TensorHandle bias, TensorHandle a, TensorHandle b) {
    unary(Unary.COPY, of(out), of(bias), 0);
    products.multiply(of(out), of(a), of(b), true);
  }

  @Override
  public void bmm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add) {
    products.multiply(of(out), of(a), of(b), add);
  }

  @Override
  public void attention(
      TensorHandle out,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      @Nullable TensorHandle mask) {
    CudaTensor query = of(q);
    CudaTensor key = of(k);
    CudaTensor result = of(out);
    arguments.begin();
    arguments.add(result).add(query.address()).add(key.address()).add(of(v).address());
    arguments.add(query.dtype()).add(mask == null ? 0 : of(mask).address());
    arguments.add(query.size(0)).add(query.size(1)).add(query.size(2)).add(key.size(2));
    arguments.add(query.size(3));
    addThree(addThree(addThree(arguments, key), query), result);
    arguments.add(mask == null ? 0 : of(mask).strides()[0]).add(1.0).add(0);
    long blocks = query.size(0) * query.size(1) * query.size(2);
    driver.launch(Kernel.ATTENTION_STEP, blocks, 1, THREADS, arguments);
  }

  private static Arguments addThree(Arguments to, CudaTensor x) {
    return to.add(x.strides()[0]).add(x.strides()[1]).add(x.strides()[2]);
  }

  // ---- rows

  private void rows(Kernel kernel, CudaTensor out, CudaTensor x, CudaTensor index) {
    if (index.count() == 0) {
      return;
    }
    long columns = x.count() / Math.max(x.size(0), 1);
    arguments
        .begin()
        .add(out)
        .add(x)
        .add(index.address())
        .add(index.count())
        .add(columns)
        .add(out.strides()[0])
        .add(x.strides()[0]);
    if (kernel == Kernel.ADD_ROWS) {
      driver.launch(kernel, Blocks.ceil(columns, 32), 1, 32, arguments);
    } else {
      start(kernel, Blocks.forRows(index.count(), columns), arguments);
    }
  }

  @Override
  public void gatherRows(TensorHandle out, TensorHandle source, TensorHandle index) {
    rows(Kernel.GATHER_ROWS, of(out), of(source), of(index));
  }

  @Override
  public void scatterRows(TensorHandle out, TensorHandle index, TensorHandle source) {
    rows(Kernel.SCATTER_ROWS, of(out), of(source), of(index));
  }

  @Override
  public void addRows(TensorHandle out, TensorHandle index, TensorHandle source) {
    rows(Kernel.ADD_ROWS, of(out), of(source), of(index));
  }

  @Override
  public void pick(TensorHandle out, TensorHandle x, TensorHandle index) {
    arguments.begin().add(of(out).address());
    arguments.add(of(x)).add(of(index).address()).add(of(index).count());
    start(Kernel.PICK, Blocks.forSingles(of(index).count()), arguments);
  }

  @Override
  public void addAt(TensorHandle x, TensorHandle index, TensorHandle values) {
    arguments
        .begin()
        .add(of(x))
        .add(of(index).address())
        .add(of(values).address())
        .add(of(index).count());
    start(Kernel.ADD_AT, Blocks.forSingles(of(index).count()), arguments);
  }

  // ---- narrow numbers

  @Override
  public void roundMantissa(TensorHandle x, int addend, int mask) {
    long count = of(x).count();
    arguments.begin().add(of(x).address()).add(count).add(addend).add(mask);
    start(Kernel.ROUND_MANTISSA, Blocks.forElements(count), arguments);
  }

  @Override
  public void encode8(TensorHandle codes, TensorHandle values) {
    long count = of(codes).count();
    arguments.begin().add(of(codes).address()).add(of(values)).add(count);
    start(Kernel.ENCODE_E4M3, Blocks.forElements(count), arguments);
  }

  @Override
  public void decode8(TensorHandle values, TensorHandle codes) {
    long count = of(codes).count();
    arguments.begin().add(of(values)).add(of(codes).address()).add(count);
    start(Kernel.DECODE_E4M3, Blocks.forElements(count), arguments);
  }

  @Override
  public void adamW(
      TensorHandle weights,
      TensorHandle grads,
      TensorHandle firstMoment,
      TensorHandle secondMoment,
      AdamWStep step) {
    fused.adamW(weights, grads, firstMoment, secondMoment, null, step, 1, false);
  }
}
