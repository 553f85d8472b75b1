/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.quant.EightBitWeight;
import dev.dpo4j.quant.FourBitWeight;
import dev.dpo4j.quant.PackedSource;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tensors of a checkpoint that bitsandbytes packed, seen as what they were packed from: a
 * matrix and what unpacks it are one float32 matrix here.
 */
final class BnbWeights implements TensorSource, PackedSource {
  private static final String STATE = ".quant_state.bitsandbytes__";
  private static final String WEIGHT = ".weight";
  private static final String ROW_SCALES = ".SCB";
  private static final String ROW_FORMAT = ".weight_format";
  private static final int NESTED_BLOCK = 256;

  private final TensorSource stored;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, JsonNode> states = new LinkedHashMap<>();
  private @Nullable String widenedName;
  private @Nullable Tensor widened;

  private BnbWeights(TensorSource stored) {
    this.stored = stored;
    for (String name : stored.tensors().keySet()) {
      int end = name.indexOf(STATE);
      if (end >= 0) {
        states.put(name.substring(0, end), parse(name));
      }
    }
    for (TensorInfo info : stored.tensors().values()) {
      String name = info.name();
      JsonNode state = states.get(name);
      if (state != null) {
        tensors.put(name, seen(info, shape(name, state)));
      } else if (!isPart(name)) {
        tensors.put(name, isRows(name) ? seen(info, info.shape()) : info);
      }
    }
  }

  /** The source itself where nothing in it is packed. */
  static TensorSource of(TensorSource source) {
    return isIn(source) ? new BnbWeights(source) : source;
  }

  private static boolean isIn(TensorSource source) {
    return source.tensors().keySet().stream()
        .anyMatch(name -> name.contains(STATE) || name.endsWith(ROW_SCALES));
  }

  private static TensorInfo seen(TensorInfo info, long[] shape) {
    TensorSpec spec = new TensorSpec(info.name(), DType.FLOAT32, shape);
    return new TensorInfo(spec, info.begin(), info.end());
  }

  /** Whether a tensor is part of what unpacks a matrix, rather than standing for itself. */
  private boolean isPart(String name) {
    return name.contains(WEIGHT + ".") || isPart(name, ROW_SCALES) || isPart(name, ROW_FORMAT);
  }

  private boolean isPart(String name, String ending) {
    return name.endsWith(ending)
        && stored
            .tensors()
            .containsKey(name.substring(0, name.length() - ending.length()) + WEIGHT);
  }

  private boolean isRows(String name) {
    return name.endsWith(WEIGHT) && stored.tensors().containsKey(rowScales(name));
  }

  private static String rowScales(String name) {
    return name.substring(0, name.length() - WEIGHT.length()) + ROW_SCALES;
  }

  private JsonNode parse(String name) {
    String text = StandardCharsets.UTF_8.decode(stored.bytes(name)).toString();
    try {
      JsonNode state = JsonMapper.shared().readTree(text);
      String type = state.path("quant_type").asString("");
      int nested = state.path("nested_blocksize").asInt(NESTED_BLOCK);
      if (CodeBook.of(type).isEmpty()) {
        throw fault(name, "the type of quantisation is \"" + type + "\", expected nf4 or fp4");
      }
      if (nested != NESTED_BLOCK) {
        throw fault(name, "scales are nested in blocks of " + nested + ", expected 256");
      }
      return state;
    } catch (JacksonException e) {
      throw fault(name, "the state of the quantisation is no JSON: " + text);
    }
  }

  private ModelFileException fault(String name, String what) {
    return new ModelFileException(stored + ": tensor \"" + name + "\": " + what + ".");
  }

  private long[] shape(String name, JsonNode state) {
    long[] shape =
        StreamSupport.stream(state.path("shape").spliterator(), false)
            .mapToLong(size -> size.asLong(0))
            .toArray();
    long bytes = stored.info(name).byteSize();
    if (shape.length != 2 || (shape[0] * shape[1] + 1) / 2 != bytes) {
      throw fault(
          name, "%d bytes for the shape %s, in 4 bits".formatted(bytes, state.path("shape")));
    }
    return shape;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    if (!states.containsKey(name) && !isRows(name)) {
      return stored.bytes(name, offset, length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    widened(name).getBytes(offset, bytes);
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The matrix of which the last bytes were asked for stays until another one is asked for. */
  private Tensor widened(String name) {
    Tensor present = widened;
    if (present == null || !name.equals(widenedName)) {
      forget();
      TensorInfo info = info(name);
      try (PackedWeight weight = Objects.requireNonNull(packed(name))) {
        present =
            Scope.outside(
                () -> {
                  Tensor out = Tensor.empty(DType.FLOAT32, info.elementCount());
                  weight.widen(out);
                  return out;
                });
      }
      widened = present;
      widenedName = name;
    }
    return present;
  }

  private void forget() {
    Tensor present = widened;
    if (present != null) {
      present.close();
    }
    widened = null;
    widenedName = null;
  }

  @Override
  public @Nullable PackedWeight packed(String name) {
    JsonNode state = states.get(name);
    if (state != null) {
      return fourBits(name, state);
    }
    if (!isRows(name)) {
      return null;
    }
    long[] shape = stored.info(name).shape();
    float[] scales = floats(rowScales(name));
    if (shape.length != 2 || scales.length != shape[0]) {
      throw fault(
          name, "%d scales for the shape %s".formatted(scales.length, Arrays.toString(shape)));
    }
    return EightBitWeight.of(codes(name), shape[1], scales);
  }

  private FourBitWeight fourBits(String name, JsonNode state) {
    boolean nested = stored.tensors().containsKey(name + ".nested_absmax");
    String type = state.path("quant_type").asString("");
    int block = state.path("blocksize").asInt(0);
    if (block < 2 || block % 2 != 0) {
      throw fault(name, "blocks of %d weights".formatted(block));
    }
    byte[] codes = nested ? array(name + ".absmax") : null;
    FourBitWeight.Stored parts =
        new FourBitWeight.Stored(
            nested ? type + " with nested scales" : type,
            info(name).elementCount(),
            block,
            floats(name + ".quant_map"),
            nested ? null : floats(name + ".absmax"),
            codes,
            nested ? floats(name + ".nested_absmax") : null,
            nested ? floats(name + ".nested_quant_map") : null,
            (float) state.path("nested_offset").asDouble(0));
    return FourBitWeight.of(parts, codes(name));
  }

  private FourBitWeight.Codes codes(String name) {
    return (offset, length) -> stored.bytes(name, offset, length);
  }

  private byte[] array(String name) {
    ByteBuffer bytes = stored.bytes(name);
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }

  private float[] floats(String name) {
    return stored.floats(name, 0, Math.toIntExact(stored.info(name).elementCount()));
  }

  @Override
  public void close() {
    forget();
    stored.close();
  }

  @Override
  public String toString() {
    return stored.toString();
  }
}
