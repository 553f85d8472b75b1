/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static dev.dpo4j.tensor.TorchHandle.unwrap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.AutoDispatchBelowADInplaceOrView;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The bundled engine on the processor: libtorch through its Java binding. */
@SuppressWarnings("BadImport") // of() is what every line here begins with
final class TorchBackend implements Backend {
  /** "Of the input's type": native, made once, lives as long as the process. */
  private final ScalarTypeOptional noType;

  private @Nullable TorchScripts scripts;

  TorchBackend() {
    Engine.ensureStarted();
    noType = new ScalarTypeOptional();
  }

  private static TensorHandle wrap(org.bytedeco.pytorch.Tensor tensor) {
    return new TorchHandle(tensor);
  }

  /** Drops what an in-place operation returned. */
  private static void done(TensorHandle target, org.bytedeco.pytorch.Tensor returned) {
    Natives.done(unwrap(target), returned);
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public String describe() {
    return Engine.ensureStarted().describe();
  }

  @Override
  public String summary() {
    return Engine.ensureStarted().summary();
  }

  @Override
  public String circumstances() {
    Engine engine = Engine.ensureStarted();
    return String.join(
        "\n",
        Engine.version(),
        engine.blas(),
        engine.route().toString(),
        engine.cpuCapability(),
        Integer.toString(engine.threads()));
  }

  @Override
  public TensorHandle empty(DType dtype, long... shape) {
    return new TorchHandle(Natives.empty(dtype, shape), shape.clone());
  }

  @Override
  public void put(TensorHandle target, long offset, ByteBuffer source) {
    if (source.hasRemaining()) {
      try (BytePointer pointer = Natives.bytes(unwrap(target), offset, source.remaining())) {
        pointer.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).put(source);
      }
      noteWrite(unwrap(target));
    }
  }

  /** Has the engine count a write that it did not see: one to nothing, through a view. */
  private static void noteWrite(org.bytedeco.pytorch.Tensor written) {
    try (org.bytedeco.pytorch.Tensor nothing =
        written.dim() == 0 ? written.view(1L).narrow(0, 0, 0) : written.narrow(0, 0, 0)) {
      Natives.done(nothing, nothing.zero_());
    }
  }

  @Override
  public void get(TensorHandle source, long offset, ByteBuffer target) {
    if (target.hasRemaining()) {
      try (BytePointer pointer = Natives.bytes(unwrap(source), offset, target.remaining())) {
        target.put(pointer.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
      }
    }
  }

  @Override
  public void get(TensorHandle source, float[] target) {
    if (target.length > 0) {
      try (FloatPointer pointer = Natives.floats(unwrap(source))) {
        pointer.get(target);
      }
    }
  }

  @Override
  public ByteBuffer memory(TensorHandle x, int bytes) {
    try (BytePointer pointer = Natives.bytes(unwrap(x), 0, bytes)) {
      return pointer.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Override
  public TensorHandle narrow(TensorHandle x, int dim, long start, long length) {
    long[] shape = x.shape().clone();
    shape[dim] = length;
    return new TorchHandle(unwrap(x).narrow(dim, start, length), shape);
  }

  @Override
  public TensorHandle view(TensorHandle x, long... shape) {
    boolean known = Arrays.stream(shape).allMatch(size -> size >= 0);
    org.bytedeco.pytorch.Tensor view = unwrap(x).view(shape);
    return known ? new TorchHandle(view, shape.clone()) : new TorchHandle(view);
  }

  @Override
  public TensorHandle permute(TensorHandle x, long... order) {
    long[] shape = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      shape[i] = x.shape()[(int) order[i]];
    }
    return new TorchHandle(unwrap(x).permute(order), shape);
  }

  @Override
  public TensorHandle reinterpret(TensorHandle x, DType dtype) {
    try (org.bytedeco.pytorch.Tensor flat = unwrap(x).view(-1L)) {
      return wrap(flat.view(Natives.scalarType(dtype)));
    }
  }

  @Override
  public void unary(Unary op, TensorHandle out, TensorHandle x, double number) {
    org.bytedeco.pytorch.Tensor o = unwrap(out);
    org.bytedeco.pytorch.Tensor in = unwrap(x);
    switch (op) {
      case COPY -> done(out, o.copy_(in));
      case EXP -> done(out, torch.exp_out(o, in));
      case LOG -> done(out, torch.log_out(o, in));
      case SQRT -> done(out, torch.sqrt_out(o, in));
      case RSQRT -> done(out, torch.rsqrt_out(o, in));
      case ABS -> done(out, torch.abs_out(o, in));
      case SILU -> done(out, torch.silu_out(o, in));
      case GELU_TANH -> done(out, torch.gelu_out(o, in, "tanh"));
      case FILL, ADD, MULTIPLY, AT_LEAST -> inPlace(op, o, number);
    }
  }

  /** With a number there is but the form in place: {@code out} and {@code x} are the same. */
  private static void inPlace(Unary op, org.bytedeco.pytorch.Tensor x, double number) {
    if (op == Unary.FILL && number == 0) {
      Natives.done(x, x.zero_());
      return;
    }
    try (Scalar scalar = new Scalar(number)) {
      org.bytedeco.pytorch.Tensor result =
          switch (op) {
            case FILL -> x.fill_(scalar);
            case ADD -> x.add_(scalar);
            case MULTIPLY -> x.mul_(scalar);
            default -> x.clamp_min_(scalar);
          };
      Natives.done(x, result);
    }
  }

  @Override
  public void binary(Binary op, TensorHandle out, TensorHandle a, TensorHandle b, double alpha) {
    org.bytedeco.pytorch.Tensor o = unwrap(out);
    switch (op) {
      case ADD -> {
        try (Scalar scalar = alpha == 1 ? new Scalar(1L) : new Scalar(alpha)) {
          done(out, torch.add_out(o, unwrap(a), unwrap(b), scalar));
        }
      }
      case SUBTRACT -> {
        try (Scalar one = new Scalar(1L)) {
          done(out, torch.sub_out(o, unwrap(a), unwrap(b), one));
        }
      }
      case MULTIPLY -> done(out, torch.mul_out(o, unwrap(a), unwrap(b)));
      case DIVIDE -> done(out, torch.div_out(o, unwrap(a), unwrap(b)));
      case SILU_BACKWARD -> done(out, torch.silu_backward_out(o, unwrap(a), unwrap(b)));
      case GELU_TANH_BACKWARD ->
          done(out, torch.gelu_backward_out(o, unwrap(a), unwrap(b), "tanh"));
    }
  }

  @Override
  public void addcmul(TensorHandle out, TensorHandle a, TensorHandle b, double alpha) {
    try (Scalar scalar = new Scalar(alpha)) {
      done(out, unwrap(out).addcmul_(unwrap(a), unwrap(b), scalar));
    }
  }

  @Override
  public void reduce(Reduction op, TensorHandle out, TensorHandle x, int dim) {
    long[] dims = {dim};
    boolean keep = out.shape().length == x.shape().length;
    switch (op) {
      case SUM -> done(out, torch.sum_out(unwrap(out), unwrap(x), dims, keep, noType));
      case MAX -> done(out, torch.amax_out(unwrap(out), unwrap(x), dims, keep));
      case NORM -> {
        try (Scalar two = new Scalar(2.0)) {
          done(out, torch.linalg_vector_norm_out(unwrap(out), unwrap(x), two, dims, keep, noType));
        }
      }
    }
  }

  @Override
  public void argmax(TensorHandle out, TensorHandle x) {
    try (LongOptional last = new LongOptional(x.shape().length - 1L)) {
      done(out, torch.argmax_out(unwrap(out), unwrap(x), last, false));
    }
  }

  @Override
  public double norm(TensorHandle x) {
    try (org.bytedeco.pytorch.Tensor norm = torch.linalg_vector_norm(unwrap(x));
        org.bytedeco.pytorch.Tensor wide = norm.to(torch.ScalarType.Double)) {
      return Natives.doubles(wide).get(0);
    }
  }

  @Override
  public void softmax(TensorHandle out, TensorHandle x) {
    done(out, torch.softmax_out(unwrap(out), unwrap(x), x.shape().length - 1L, noType));
  }

  @Override
  public void mm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add) {
    org.bytedeco.pytorch.Tensor o = unwrap(out);
    done(out, add ? o.addmm_(unwrap(a), unwrap(b)) : torch.mm_out(o, unwrap(a), unwrap(b)));
  }

  @Override
  public void addmm(TensorHandle out, TensorHandle bias, TensorHandle a, TensorHandle b) {
    done(out, torch.addmm_out(unwrap(out), unwrap(bias), unwrap(a), unwrap(b)));
  }

  @Override
  public void bmm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add) {
    org.bytedeco.pytorch.Tensor o = unwrap(out);
    done(out, add ? o.baddbmm_(unwrap(a), unwrap(b)) : torch.bmm_out(o, unwrap(a), unwrap(b)));
  }

  @Override
  public void attention(
      TensorHandle out,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      @Nullable TensorHandle mask) {
    boolean restore = multiplyHeadsByBlas();
    try (TensorOptional hidden =
            mask == null ? new TensorOptional() : new TensorOptional(unwrap(mask));
        DoubleOptional scale = new DoubleOptional(1.0);
        org.bytedeco.pytorch.Tensor result =
            torch.scaled_dot_product_attention(
                unwrap(q), unwrap(k), unwrap(v), hidden, 0.0, false, scale, false)) {
      done(out, unwrap(out).copy_(result));
    } finally {
      multiplyByOneDnn(restore);
    }
  }

  /**
   * Asks the BLAS for products until {@link #multiplyByOneDnn}. The engine multiplies head by head
   * when it attends, and oneDNN prepares each product anew: with one new token per sequence, that
   * takes three times as long as the products themselves.
   *
   * @return whether oneDNN was asked before
   */
  static boolean multiplyHeadsByBlas() {
    boolean route = Engine.ensureStarted().route() == Engine.Route.ONEDNN;
    if (route) {
      float32Products(torch.Float32Precision.IEEE);
    }
    return route;
  }

  /** Asks oneDNN for products again if it was asked before. */
  static void multiplyByOneDnn(boolean before) {
    if (before) {
      float32Products(torch.Float32Precision.BF16);
    }
  }

  /** Sets what oneDNN may do with float32 factors; with IEEE, libtorch asks the BLAS instead. */
  private static void float32Products(torch.Float32Precision precision) {
    torch
        .globalContext()
        .setFloat32Precision(torch.Float32Backend.MKLDNN, torch.Float32Op.MATMUL, precision);
  }

  @Override
  public void gatherRows(TensorHandle out, TensorHandle source, TensorHandle index) {
    done(out, torch.index_select_out(unwrap(out), unwrap(source), 0, unwrap(index)));
  }

  @Override
  public void scatterRows(TensorHandle out, TensorHandle index, TensorHandle source) {
    done(out, unwrap(out).index_copy_(0, unwrap(index), unwrap(source)));
  }

  @Override
  public void addRows(TensorHandle out, TensorHandle index, TensorHandle source) {
    done(out, unwrap(out).index_add_(0, unwrap(index), unwrap(source)));
  }

  @Override
  public void pick(TensorHandle out, TensorHandle x, TensorHandle index) {
    try (org.bytedeco.pytorch.Tensor flat = unwrap(x).view(-1L)) {
      done(out, torch.index_select_out(unwrap(out), flat, 0, unwrap(index)));
    }
  }

  @Override
  public void addAt(TensorHandle x, TensorHandle index, TensorHandle values) {
    try (org.bytedeco.pytorch.Tensor flat = unwrap(x).view(-1L)) {
      Natives.done(flat, flat.index_add_(0, unwrap(index), unwrap(values)));
    }
  }

  @Override
  public void roundMantissa(TensorHandle x, int addend, int mask) {
    try (org.bytedeco.pytorch.Tensor words = unwrap(x).view(torch.ScalarType.Int);
        Scalar added = new Scalar(addend);
        Scalar kept = new Scalar(mask)) {
      Natives.done(words, words.add_(added));
      Natives.done(words, words.bitwise_and_(kept));
    }
  }

  @Override
  public void encode8(TensorHandle codes, TensorHandle values) {
    try (org.bytedeco.pytorch.Tensor floats = unwrap(codes).view(torch.ScalarType.Float8_e4m3fn)) {
      Natives.done(floats, floats.copy_(unwrap(values)));
    }
  }

  @Override
  public void decode8(TensorHandle values, TensorHandle codes) {
    try (org.bytedeco.pytorch.Tensor floats = unwrap(codes).view(torch.ScalarType.Float8_e4m3fn)) {
      done(values, unwrap(values).copy_(floats));
    }
  }

  @Override
  public void adamW(
      TensorHandle weights,
      TensorHandle grads,
      TensorHandle firstMoment,
      TensorHandle secondMoment,
      AdamWStep step) {
    scripts()
        .adamW(unwrap(weights), unwrap(grads), unwrap(firstMoment), unwrap(secondMoment), step);
    noteWrite(unwrap(weights));
  }

  @Override
  public Scope.Suspended unrecorded() {
    AutoDispatchBelowADInplaceOrView guard = new AutoDispatchBelowADInplaceOrView();
    return guard::close;
  }

  @Override
  public @Nullable Joined joined() {
    return scripts().joined();
  }

  private TorchScripts scripts() {
    TorchScripts compiled = scripts;
    if (compiled == null) {
      compiled = new TorchScripts();
      scripts = compiled;
    }
    return compiled;
  }

  @Override
  public @Nullable Packed pack(TensorHandle w) {
    return Halves.FOUND == null ? null : Halves.FOUND.pack(w);
  }

  @Override
  public @Nullable Packed packInt8(TensorHandle w) {
    return Int8.FOUND == null ? null : Int8.FOUND.pack(w);
  }

  /** The kernel of 16-bit weights, sought at its first use. */
  private static final class Halves {
    static final @Nullable TorchPacking FOUND = TorchPacking.find();
  }

  /** The kernel of 8-bit weights, sought at its first use. */
  private static final class Int8 {
    static final @Nullable TorchInt8 FOUND = TorchInt8.find();
  }
}
