/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static dev.dpo4j.tensor.TorchHandle.unwrap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TorchScript functions of the bundled engine, compiled once.
 *
 * <p>They reach what has no binding of its own, such as the fused AdamW kernel, and join operations
 * on few numbers, which cost less than the calls that start them. Joined operations are those that
 * {@link Ops} would do one by one, in the same order: the results are equal to the last bit.
 */
final class TorchScripts implements Backend.Joined, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TorchScripts.class);

  // Lists are made by a script function: appending to a native list from Java is not safe.
  private static final String SCRIPT =
      """
      def one(x: Tensor) -> List[Tensor]:
          return [x]

      def none() -> List[Tensor]:
          empty: List[Tensor] = []
          return empty

      def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
                x: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float,
                wd: float, eps: float) -> Tensor:
          torch._fused_adamw_(p, g, m, v, x, t, lr=lr, beta1=b1, beta2=b2, weight_decay=wd,
                              eps=eps, amsgrad=False, maximize=False)
          return p[0]

      def rms_norm(out: Tensor, inverse: Tensor, x: Tensor, w: Tensor, eps: float) -> Tensor:
          torch.linalg_vector_norm(x, 2.0, [-1], True, out=inverse)
          inverse.mul_(inverse).mul_(1.0 / x.size(-1)).add_(eps).rsqrt_()
          torch.mul(x, inverse, out=out)
          return out.mul_(w)

      def rotate(out: Tensor, x: Tensor, cos: Tensor, sin: Tensor, half: int, rest: float):
          size = x.size(2)
          if size > 2 * half:
              to = out.narrow(2, 2 * half, size - 2 * half)
              to.copy_(x.narrow(2, 2 * half, size - 2 * half))
              if rest != 1.0:
                  to.mul_(rest)
          if half > 0:
              c = cos.view(-1, 1, half)
              s = sin.view(-1, 1, half)
              x1 = x.narrow(2, 0, half)
              x2 = x.narrow(2, half, half)
              out1 = out.narrow(2, 0, half)
              out2 = out.narrow(2, half, half)
              torch.mul(x1, c, out=out1)
              out1.addcmul_(x2, s, value=-1.0)
              torch.mul(x2, c, out=out2)
              out2.addcmul_(x1, s, value=1.0)

      def rotate_and_keep(q: Tensor, qkv: Tensor, keys: Tensor, values: Tensor, places: Tensor,
                          q_cos: Tensor, q_sin: Tensor, k_cos: Tensor, k_sin: Tensor,
                          half: int, rest: float, kv_heads: int) -> Tensor:
          size = keys.size(2)
          x = qkv.view(qkv.size(0), -1, size)
          heads = x.size(1) - 2 * kv_heads
          rotate(q.view(-1, heads, size), x.narrow(1, 0, heads), q_cos, q_sin, half, rest)
          k = torch.empty([x.size(0), kv_heads, size])
          rotate(k, x.narrow(1, heads, kv_heads), k_cos, k_sin, half, 1.0)
          v = x.narrow(1, heads + kv_heads, kv_heads)
          keys.view(-1, size).index_copy_(0, places, k.view(-1, size))
          values.view(-1, size).index_copy_(0, places, v.reshape(-1, size))
          return q

      def attend(out: Tensor, q: Tensor, keys: Tensor, values: Tensor, mask: Optional[Tensor],
                 first: int, count: int, length: int, kv_heads: int) -> Tensor:
          size = keys.size(2)
          k = keys.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
          v = values.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
          some = q.view(-1, kv_heads, out.size(1) // (kv_heads * size), size)
          found = torch.scaled_dot_product_attention(
              some.narrow(0, first, count), k.view(count, kv_heads, length, size),
              v.view(count, kv_heads, length, size), mask, 0.0, False, scale=1.0)
          out.narrow(0, first, count).view(count, kv_heads, -1, size).copy_(found)
          return out
      """;

  private final CompilationUnit unit;
  private final Function one;
  private final Function adamW;
  private final Function rmsNorm;
  private final Function rotateAndKeep;
  private final Function attend;
  private final IValue empty;

  /** Compiles the script. */
  TorchScripts() {
    Engine.ensureStarted();
    unit = torch.compile(SCRIPT);
    one = function("one");
    adamW = function("adamw");
    rmsNorm = function("rms_norm");
    rotateAndKeep = function("rotate_and_keep");
    attend = function("attend");
    try (IValueVector arguments = new IValueVector()) {
      empty = function("none").apply(arguments);
    }
  }

  private Function function(String name) {
    try (QualifiedName qualified = new QualifiedName(name)) {
      return unit.get_function(qualified);
    }
  }

  /** See {@link Ops#adamW}. */
  void adamW(
      org.bytedeco.pytorch.Tensor weights,
      org.bytedeco.pytorch.Tensor grads,
      org.bytedeco.pytorch.Tensor firstMoment,
      org.bytedeco.pytorch.Tensor secondMoment,
      AdamWStep constants) {
    try (org.bytedeco.pytorch.Tensor count = stepTensor(constants.number());
        IValue p = list(weights);
        IValue g = list(grads);
        IValue m = list(firstMoment);
        IValue v = list(secondMoment);
        IValue t = list(count);
        IValue lrValue = new IValue(constants.learningRate());
        IValue b1 = new IValue(constants.beta1());
        IValue b2 = new IValue(constants.beta2());
        IValue wd = new IValue(constants.weightDecay());
        IValue eps = new IValue(constants.epsilon());
        IValueVector arguments = new IValueVector(p, g, m, v, empty, t, lrValue, b1, b2, wd, eps)) {
      adamW.apply(arguments).close();
    }
  }

  private static org.bytedeco.pytorch.Tensor stepTensor(long stepNumber) {
    org.bytedeco.pytorch.Tensor tensor = Natives.empty(DType.FLOAT32, 1);
    Natives.floats(tensor).put(0, (float) stepNumber);
    return tensor;
  }

  private IValue list(org.bytedeco.pytorch.Tensor tensor) {
    try (IValue value = new IValue(tensor);
        IValueVector arguments = new IValueVector(value)) {
      return one.apply(arguments);
    }
  }

  private static IValue value(Tensor tensor) {
    return new IValue(unwrap(tensor.handle()));
  }

  @Override
  public void rmsNorm(Tensor out, Tensor inverse, Tensor x, Tensor w, double epsilon) {
    try (IValue to = value(out);
        IValue norms = value(inverse);
        IValue from = value(x);
        IValue weight = value(w);
        IValue eps = new IValue(epsilon);
        IValueVector arguments = new IValueVector(to, norms, from, weight, eps)) {
      rmsNorm.apply(arguments).close();
    }
  }

  @Override
  public void rotateAndKeep(
      Tensor q,
      Tensor qkv,
      Backend.Kept kept,
      Tensor places,
      Backend.Angles queries,
      Backend.Angles keys) {
    try (IValue to = value(q);
        IValue from = value(qkv);
        IValue allKeys = value(kept.keys());
        IValue allValues = value(kept.values());
        IValue at = value(places);
        IValue queryCos = value(queries.cos());
        IValue querySin = value(queries.sin());
        IValue keyCos = value(keys.cos());
        IValue keySin = value(keys.sin());
        IValue half = new IValue(queries.half());
        IValue rest = new IValue(queries.rest());
        IValue heads = new IValue((long) kept.kvHeads());
        IValueVector arguments =
            new IValueVector(
                to, from, allKeys, allValues, at, queryCos, querySin, keyCos, keySin, half, rest,
                heads)) {
      rotateAndKeep.apply(arguments).close();
    }
  }

  @Override
  public void attend(
      Tensor out,
      Tensor q,
      Backend.Kept kept,
      @Nullable Tensor mask,
      int first,
      int count,
      int length) {
    boolean restore = TorchBackend.multiplyHeadsByBlas();
    try (IValue to = value(out);
        IValue queries = value(q);
        IValue keys = value(kept.keys());
        IValue values = value(kept.values());
        IValue hidden = mask == null ? new IValue() : value(mask);
        IValue from = new IValue((long) first);
        IValue many = new IValue((long) count);
        IValue tokens = new IValue((long) length);
        IValue heads = new IValue((long) kept.kvHeads());
        IValueVector arguments =
            new IValueVector(to, queries, keys, values, hidden, from, many, tokens, heads)) {
      attend.apply(arguments).close();
    } finally {
      TorchBackend.multiplyByOneDnn(restore);
    }
  }

  @Override
  public Backend.@Nullable JoinedLayer layer(Backend.LayerParts parts) {
    JitModule script = LayerScript.LOADED;
    boolean halves =
        Stream.of(parts.qkv(), parts.o(), parts.gateUp(), parts.down())
            .allMatch(matrix -> matrix.form() == PackedMatrix.Form.HALF);
    return script == null || !halves ? null : new Layer(script, parts);
  }

  /**
   * The script of a whole layer. Its types are known to the reader of saved modules alone, so it is
   * read as one.
   */
  private static final class LayerScript {
    static final @Nullable JitModule LOADED = load();

    private static @Nullable JitModule load() {
      try {
        Path file = Files.createTempFile("dpo4j-layer", ".pt");
        try {
          Files.write(file, archive());
          return torch.load(file.toString());
        } finally {
          Files.deleteIfExists(file);
        }
      } catch (IOException | RuntimeException e) {
        LOG.debug("Layers are not computed in one call", e);
        return null;
      }
    }

    /** A saved module without parameters: its code, and itself as a pickled object. */
    private static byte[] archive() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ZipOutputStream zip = new ZipOutputStream(bytes);
          InputStream code = TorchScripts.class.getResourceAsStream("layer.py")) {
        // PROTO 2, GLOBAL, EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, "training" false, SETITEM, BUILD, STOP
        String object = "\u0080\2c__torch__\nLayer\n)\u0081}X\10\0\0\0training\u0089sb.";
        add(zip, "data.pkl", object.getBytes(StandardCharsets.ISO_8859_1));
        add(zip, "code/__torch__.py", Objects.requireNonNull(code).readAllBytes());
        add(zip, "constants.pkl", "\u0080\2).".getBytes(StandardCharsets.ISO_8859_1));
        add(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
      }
      return bytes.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
      ZipEntry entry = new ZipEntry("layer/" + name);
      CRC32 checksum = new CRC32();
      checksum.update(content);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(checksum.getValue());
      zip.putNextEntry(entry);
      zip.write(content);
      zip.closeEntry();
    }
  }

  /** A layer with the arguments that stay the same from step to step. */
  private static final class Layer implements Backend.JoinedLayer {
    private final JitModule script;
    private final List<IValue> fixed = new ArrayList<>();

    Layer(JitModule script, Backend.LayerParts parts) {
      this.script = script;
      fixed.add(new IValue(parts.epsilon()));
      fixed.add(new IValue(parts.wholeHeads()));
      fixed.add(new IValue(parts.gelu()));
      fixed.add(value(parts.inputNorm()));
      addProduct(parts.qkv(), parts.qkvBias());
      fixed.add(optional(parts.qNorm()));
      fixed.add(optional(parts.kNorm()));
      addProduct(parts.o(), parts.oBias());
      fixed.add(value(parts.mlpNorm()));
      addProduct(parts.gateUp(), parts.gateUpBias());
      addProduct(parts.down(), parts.downBias());
    }

    private void addProduct(PackedMatrix matrix, @Nullable Tensor bias) {
      TorchPacking.Halves halves = (TorchPacking.Halves) matrix.packed();
      fixed.add(new IValue(halves.matrix())); // A hold of its own.
      fixed.add(new IValue(halves.factor()));
      fixed.add(optional(bias));
    }

    private static IValue optional(@Nullable Tensor tensor) {
      return tensor == null ? new IValue() : value(tensor);
    }

    @Override
    public void step(
        Tensor out,
        Tensor x,
        Backend.Kept kept,
        Tensor places,
        Backend.Angles queries,
        Backend.Angles keys,
        @Nullable Tensor mask,
        int length) {
      List<IValue> own =
          List.of(
              value(out),
              value(x),
              value(kept.keys()),
              value(kept.values()),
              value(places),
              value(queries.cos()),
              value(queries.sin()),
              value(keys.cos()),
              value(keys.sin()),
              new IValue(queries.half()),
              new IValue(queries.rest()),
              optional(mask),
              new IValue((long) length),
              new IValue((long) kept.kvHeads()));
      boolean restore = TorchBackend.multiplyHeadsByBlas();
      IValue[] all = Stream.concat(own.stream(), fixed.stream()).toArray(IValue[]::new);
      try (IValueVector arguments = new IValueVector(all)) {
        script.forward(arguments).close();
      } finally {
        TorchBackend.multiplyByOneDnn(restore);
        own.forEach(IValue::close);
      }
    }

    @Override
    public void close() {
      fixed.forEach(IValue::close);
    }
  }

  @Override
  public void close() {
    empty.close();
    unit.close();
  }
}
