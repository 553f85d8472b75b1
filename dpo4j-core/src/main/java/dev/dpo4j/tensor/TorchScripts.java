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
import org.bytedeco.pytorch.Method;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TorchScript functions of the bundled engine, compiled once.
 *
 * <p>They reach what has no binding of its own, such as the fused AdamW kernel, and {@linkplain
 * Joined join operations} on few numbers, which cost less than the calls that start them.
 */
final class TorchScripts implements AutoCloseable {
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
      """;

  private final CompilationUnit unit;
  private final Function one;
  private final Function adamW;
  private final IValue empty;
  private final @Nullable Joined joined;

  /** Compiles the script. */
  TorchScripts() {
    Engine.ensureStarted();
    unit = torch.compile(SCRIPT);
    one = function("one");
    adamW = function("adamw");
    try (IValueVector arguments = new IValueVector()) {
      empty = function("none").apply(arguments);
    }
    JitModule script = LayerScript.load();
    joined = script == null ? null : new Joined(script);
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

  /** What is joined, or null where the engine cannot read the script. */
  @Nullable Joined joined() {
    return joined;
  }

  /** The sequences of a step as a script takes them. */
  private record HeldSpans(IValue list, IValue masks) implements Backend.Spans {
    @Override
    public void close() {
      list.close();
      masks.close();
    }
  }

  /**
   * Operations that are done in one call. They are those that {@link Ops} would do one by one, in
   * the same order: the results are equal to the last bit.
   */
  private static final class Joined implements Backend.Joined {
    private final Method rmsNorm;
    private final Method rotateAndKeep;
    private final Method spans;
    private final Method attend;
    private final Method layer;

    Joined(JitModule script) {
      rmsNorm = script.get_method("rms_norm");
      rotateAndKeep = script.get_method("rotate_and_keep");
      spans = script.get_method("spans");
      attend = script.get_method("attend");
      layer = script.get_method("forward");
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
    public Backend.Spans spans(int[] cuts, float[] masks) {
      try (Scope scope = Scope.open();
          IValue numbers = value(Tensor.ofInts(cuts, cuts.length));
          IValueVector arguments = new IValueVector(numbers)) {
        IValue list = spans.apply(arguments);
        return new HeldSpans(
            list, masks.length == 0 ? new IValue() : value(Tensor.ofFloats(masks, masks.length)));
      }
    }

    @Override
    public void attend(Tensor out, Tensor q, Backend.Kept kept, Backend.Spans some) {
      HeldSpans held = (HeldSpans) some;
      boolean restore = TorchBackend.multiplyHeadsByBlas();
      try (IValue to = value(out);
          IValue queries = value(q);
          IValue keys = value(kept.keys());
          IValue values = value(kept.values());
          IValue heads = new IValue((long) kept.kvHeads());
          IValueVector arguments =
              new IValueVector(to, queries, keys, values, held.list(), held.masks(), heads)) {
        attend.apply(arguments).close();
      } finally {
        TorchBackend.multiplyByOneDnn(restore);
      }
    }

    @Override
    public Backend.@Nullable JoinedLayer layer(Backend.LayerParts parts) {
      boolean halves =
          Stream.of(parts.qkv(), parts.o(), parts.gateUp(), parts.down())
              .allMatch(matrix -> matrix.form() == PackedMatrix.Form.HALF);
      return halves ? new Layer(layer, parts) : null;
    }
  }

  /**
   * The script of what is joined, a whole layer among it. Its types are known to the reader of
   * saved modules alone, so it is read as one.
   */
  private static final class LayerScript {
    static @Nullable JitModule load() {
      try {
        Path file = Files.createTempFile("dpo4j-layer", ".pt");
        try {
          Files.write(file, archive());
          return torch.load(file.toString());
        } finally {
          Files.deleteIfExists(file);
        }
      } catch (IOException | RuntimeException e) {
        LOG.debug("Operations are not done in one call", e);
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
    private final Method script;
    private final List<IValue> fixed = new ArrayList<>();

    Layer(Method script, Backend.LayerParts parts) {
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
        Backend.Spans spans) {
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
              new IValue(queries.rest()));
      HeldSpans held = (HeldSpans) spans;
      IValue heads = new IValue((long) kept.kvHeads());
      List<IValue> seen = List.of(held.list(), held.masks(), heads);
      boolean restore = TorchBackend.multiplyHeadsByBlas();
      IValue[] all = Stream.of(own, seen, fixed).flatMap(List::stream).toArray(IValue[]::new);
      try (heads;
          IValueVector arguments = new IValueVector(all)) {
        script.apply(arguments).close();
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
