/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All weights of a model in one array, and all gradients in another.
 *
 * <p>Neighbours in the array can be used as one matrix: the query, key and value projections of a
 * layer are a single product, and so are the gate and up projections. The optimizer walks over the
 * array once, without a list of tensors. Decayed weights come first, so that weight decay is a
 * prefix of the array.
 *
 * <p>Matrices that are not trained may be held in fewer bits, each by itself beside the array.
 */
public final class ParameterStore implements AutoCloseable {
  private final Map<String, Parameter> byName;
  private final long count;
  private final long decayedCount;
  private final DType dtype;
  private @Nullable Tensor values;
  private final Map<String, Tensor> views = new HashMap<>();
  private final Map<String, PackedWeight> packed = new LinkedHashMap<>();
  private @Nullable Gradients gradients;
  private long narrowFrom;
  private long narrowTo;
  private final @Nullable ParameterStore whole;
  private long handedOut;
  private @Nullable Tensor copy;
  private long copiedAt = -1;

  private ParameterStore(
      Map<String, Parameter> byName, long count, long decayedCount, DType dtype) {
    this(byName, count, decayedCount, Scope.outside(() -> Tensor.empty(dtype, count)), null);
  }

  private ParameterStore(
      Map<String, Parameter> byName,
      long count,
      long decayedCount,
      Tensor values,
      @Nullable ParameterStore whole) {
    this.byName = byName;
    this.count = count;
    this.decayedCount = decayedCount;
    this.dtype = values.dtype();
    this.values = values;
    this.whole = whole;
  }

  /** Frees the memory of the weights, of which only names, shapes and places are left. */
  public void giveBack() {
    views.values().forEach(Tensor::close);
    views.clear();
    values().close();
    values = null;
  }

  /** Takes memory for the weights again, uninitialised. */
  public void takeBack() {
    values = Scope.outside(() -> Tensor.empty(dtype, count));
  }

  /**
   * A stretch of the weights and their gradients in the same memory, which this store keeps. A
   * parameter that lies in it as a whole keeps its shape; of another there is the part that does.
   *
   * @throws IllegalArgumentException if some gradients are bfloat16
   */
  public ParameterStore part(long from, long to) {
    Map<String, Parameter> inside = new LinkedHashMap<>();
    for (Parameter parameter : byName.values()) {
      long begin = Math.max(from, parameter.offset());
      long end = Math.min(to, parameter.offset() + parameter.count());
      if (begin < end) {
        boolean whole = end - begin == parameter.count();
        long[] shape = whole ? parameter.shape() : new long[] {end - begin};
        inside.put(
            parameter.name(),
            new Parameter(parameter.name(), shape, begin - from, parameter.decayed()));
      }
    }
    ParameterStore part =
        new ParameterStore(
            inside,
            to - from,
            Math.max(0, Math.min(to, decayedCount) - from),
            Scope.outside(() -> values().narrow(0, from, to - from)),
            this);
    part.gradients = gradients().part(from, to - from);
    return part;
  }

  /** Collects the parameters of a model in the order in which they lie in memory. */
  public static final class Layout {
    @SuppressWarnings("ArrayRecordComponent") // a private carrier; equality is never asked for
    private record Entry(String name, long[] shape, boolean decayed) {}

    private final List<Entry> entries = new ArrayList<>();

    /** Adds a weight matrix, to which weight decay applies. */
    public Layout weight(String name, long... shape) {
      entries.add(new Entry(name, shape, true));
      return this;
    }

    /** Adds a norm's scale or a bias, to which weight decay never applies. */
    public Layout undecayed(String name, long... shape) {
      entries.add(new Entry(name, shape, false));
      return this;
    }

    /** The number of weights. */
    public long count() {
      return entries.stream()
          .mapToLong(entry -> Arrays.stream(entry.shape()).reduce(1, (a, b) -> a * b))
          .sum();
    }

    /** Takes the memory for float32 weights, uninitialised. */
    public ParameterStore allocate() {
      return allocate(DType.FLOAT32);
    }

    /** Takes the memory, uninitialised. */
    public ParameterStore allocate(DType dtype) {
      Map<String, Parameter> byName = new LinkedHashMap<>();
      long offset = 0;
      long decayed = 0;
      for (boolean pass : new boolean[] {true, false}) {
        for (Entry entry : entries) {
          if (entry.decayed() == pass) {
            Parameter parameter = new Parameter(entry.name(), entry.shape(), offset, pass);
            if (byName.put(entry.name(), parameter) != null) {
              throw new IllegalArgumentException("parameter " + entry.name() + " was added twice");
            }
            offset += parameter.count();
          }
        }
        decayed = pass ? offset : decayed;
      }
      return new ParameterStore(byName, offset, decayed, dtype);
    }
  }

  /** The parameters in memory order. */
  public List<Parameter> parameters() {
    return List.copyOf(byName.values());
  }

  /**
   * The parameter of that name.
   *
   * @throws IllegalArgumentException when there is none
   */
  public Parameter get(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter is named " + name);
    }
    return parameter;
  }

  /** Whether a parameter of that name exists. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /** The number of weights in the array. */
  public long count() {
    return count;
  }

  /** The number of all weights, those in fewer bits too. */
  public long weights() {
    return count + packed.values().stream().mapToLong(PackedWeight::count).sum();
  }

  /** Bytes that all weights take. */
  public long bytes() {
    return count * dtype().byteSize()
        + packed.values().stream().mapToLong(PackedWeight::bytes).sum();
  }

  /** Takes a matrix in fewer bits, which it closes with itself. */
  public void addPacked(String name, PackedWeight weight) {
    packed.put(name, weight);
  }

  /** The matrices in fewer bits, by their names. */
  public Map<String, PackedWeight> packed() {
    return Collections.unmodifiableMap(packed);
  }

  /** Whether matrices are held in fewer bits. */
  public boolean isPacked() {
    return !packed.isEmpty();
  }

  /** How matrices are held in fewer bits, as words for a plan; null where none is. */
  public @Nullable String packedForm() {
    return packed.isEmpty()
        ? null
        : packed.values().stream()
            .map(PackedWeight::form)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
  }

  /**
   * Refuses work that changes all weights.
   *
   * @throws IllegalStateException if some are held in fewer bits
   */
  public void requirePlain(String work) {
    if (isPacked()) {
      throw new IllegalStateException(
          "%s changes all weights, but some are held packed (%s): load the model in float32"
              .formatted(work, packedForm()));
    }
  }

  /**
   * The float32 values of a parameter in memory of their own, owned by the current scope or the
   * caller.
   *
   * @param shape its shape, with the elements of {@code name} alone
   */
  public Tensor widened(String name, long... shape) {
    PackedWeight weight = packed.get(name);
    Tensor out = Tensor.empty(DType.FLOAT32, shape);
    if (weight == null) {
      return out.copy_(value(name, shape));
    }
    weight.widen(out);
    return out;
  }

  /** The number of weights to which weight decay applies; they come first. */
  public long decayedCount() {
    return decayedCount;
  }

  /** Type of the weights; gradients are always float32. */
  public DType dtype() {
    return dtype;
  }

  /**
   * All weights, {@code [count]}, to be read or written.
   *
   * @throws IllegalStateException if their memory was given back
   */
  public Tensor values() {
    handOut();
    return readValues();
  }

  /**
   * All weights, {@code [count]}, for those who do not write them.
   *
   * @throws IllegalStateException if their memory was given back
   */
  public Tensor readValues() {
    Tensor present = values;
    if (present == null) {
      throw new IllegalStateException("the weights are divided among processes");
    }
    return present;
  }

  /** Whoever asks for weights may write them. */
  private void handOut() {
    handedOut++;
    if (whole != null) {
      whole.handOut();
    }
  }

  /**
   * How often weights were handed out that may be written to: as long as it stays the same, a copy
   * of the weights is up to date.
   */
  public long handedOut() {
    return handedOut;
  }

  /** Takes note of a copy of all weights in another type that an optimizer may renew in a step. */
  public void keepCopy(Tensor newCopy) {
    copy = newCopy;
    copiedAt = -1;
  }

  /** Forgets a copy, if it is the one that was noted. */
  public void forgetCopy(Tensor old) {
    if (copy == old) {
      copy = null;
    }
  }

  /** The copy that an optimizer renews with the weights, or null. */
  public @Nullable Tensor copy() {
    return copy;
  }

  /** Takes note that the copy holds what the weights are now. */
  public void copied() {
    copiedAt = handedOut;
  }

  /** Whether this is the copy that was noted, and the weights have not been handed out since. */
  public boolean isUpToDate(Tensor other) {
    return copy == other && copiedAt == handedOut;
  }

  /**
   * Holds the gradients of a stretch of the weights in bfloat16.
   *
   * @throws IllegalStateException if gradients were taken before
   */
  public void narrowGradients(long from, long to) {
    if (gradients != null && (from != narrowFrom || to != narrowTo)) {
      throw new IllegalStateException("the gradients were taken before");
    }
    narrowFrom = from;
    narrowTo = to;
  }

  /** Whether some gradients are held in bfloat16. */
  public boolean hasNarrowGradients() {
    return narrowTo > narrowFrom;
  }

  /** The gradients; taken and zeroed at the first call. */
  public Gradients gradients() {
    Gradients present = gradients;
    if (present == null) {
      present = new Gradients(count, narrowFrom, narrowTo);
      gradients = present;
    }
    return present;
  }

  /**
   * All gradients, {@code [count]}, float32; taken and zeroed at the first call.
   *
   * @throws IllegalArgumentException if some are bfloat16
   */
  public Tensor grads() {
    return gradients().view(0, count);
  }

  /** Whether gradients were taken. */
  public boolean hasGrads() {
    return gradients != null;
  }

  /** A view of one parameter's weights that lives as long as the store. */
  public Tensor value(String name) {
    return value(name, get(name).shape());
  }

  /**
   * A view of weights that begins at the parameter {@code first} and runs over its neighbours.
   *
   * @param first the first parameter's name
   * @param shape the shape of the whole, with the elements of all neighbours
   */
  public Tensor value(String first, long... shape) {
    return view("value ", values()::narrow, first, shape);
  }

  /** A view of one parameter's gradient that lives as long as the store. */
  public Tensor grad(String name) {
    return grad(name, get(name).shape());
  }

  /** The gradient of {@link #value(String, long...)}. */
  public Tensor grad(String first, long... shape) {
    Gradients all = gradients();
    return view("grad ", (dim, offset, length) -> all.view(offset, length), first, shape);
  }

  private interface Stretch {
    Tensor narrow(int dim, long offset, long length);
  }

  /** The same view for the same question: each step asks again. */
  private Tensor view(String kind, Stretch flat, String first, long... shape) {
    String key = kind + first + Arrays.toString(shape);
    Tensor known = views.get(key);
    if (known != null) {
      return known;
    }
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    long offset = get(first).offset();
    long wanted = elements;
    Tensor view =
        Scope.outside(
            () -> {
              try (Tensor part = flat.narrow(0, offset, wanted)) {
                return part.view(shape);
              }
            });
    views.put(key, view);
    return view;
  }

  @Override
  public void close() {
    views.values().forEach(Tensor::close);
    views.clear();
    packed.values().forEach(PackedWeight::close);
    packed.clear();
    Tensor present = values;
    if (present != null) {
      present.close();
    }
    if (gradients != null) {
      gradients.close();
    }
  }
}
