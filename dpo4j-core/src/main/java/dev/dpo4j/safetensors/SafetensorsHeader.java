/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.ParserText;
import dev.dpo4j.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON header of a safetensors file: eight bytes little endian with its length, then an object
 * of tensor name to {@code dtype}, {@code shape}, {@code data_offsets}, and text under {@code
 * __metadata__}.
 *
 * @param tensors the tensors in the order of the header
 * @param metadata the free text of {@code __metadata__}
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
  /** The longest header that readers of the format accept. */
  static final long MAX_BYTES = 100_000_000;

  /** More tensors than any model has; it bounds the memory that a hostile header can take. */
  private static final int MAX_TENSORS = 500_000;

  private static final String METADATA = "__metadata__";
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  SafetensorsHeader {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** Lays tensors out one after another, wide elements first so that each one is aligned. */
  static SafetensorsHeader layOut(Collection<TensorSpec> specs, Map<String, String> metadata) {
    List<TensorSpec> ordered = new ArrayList<>(specs);
    ordered.sort(Comparator.comparingInt((TensorSpec s) -> s.dtype().byteSize()).reversed());
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    long at = 0;
    for (TensorSpec spec : ordered) {
      long end = Math.addExact(at, spec.byteSize());
      if (spec.name().equals(METADATA)
          || tensors.put(spec.name(), new TensorInfo(spec, at, end)) != null) {
        throw new IllegalArgumentException(
            "the tensor name \"" + spec.name() + "\" is reserved or stands twice");
      }
      at = end;
    }
    return new SafetensorsHeader(tensors, metadata);
  }

  /** The length of the data section. */
  long dataBytes() {
    return tensors.values().stream().mapToLong(TensorInfo::end).max().orElse(0);
  }

  /** The first bytes of a file: length and header, padded with spaces to a multiple of eight. */
  ByteBuffer encode() {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), json)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectPropertyStart(METADATA);
        metadata.forEach(out::writeStringProperty);
        out.writeEndObject();
      }
      for (TensorInfo tensor : tensors.values()) {
        out.writeObjectPropertyStart(tensor.name());
        out.writeStringProperty("dtype", tensor.dtype().safetensorsName());
        long[] shape = tensor.shape();
        out.writeName("shape").writeArray(shape, 0, shape.length);
        out.writeName("data_offsets").writeArray(new long[] {tensor.begin(), tensor.end()}, 0, 2);
        out.writeEndObject();
      }
      out.writeEndObject();
    }
    int length = (json.size() + 7) / 8 * 8;
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the header of " + tensors.size() + " tensors has more than " + MAX_BYTES + " bytes");
    }
    byte[] bytes = new byte[8 + length];
    Arrays.fill(bytes, (byte) ' ');
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(length).put(json.toByteArray());
    return buffer.rewind();
  }

  /**
   * Reads a header and proves that its tensors fill the data section without hole or overlap.
   *
   * @param file for the messages
   * @param json the header without its length
   * @param dataBytes the bytes of the file behind the header
   */
  static SafetensorsHeader decode(Path file, byte[] json, long dataBytes) {
    SafetensorsHeader header;
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      header = new Decoder(file, parser).header();
    } catch (JacksonException e) {
      throw new SafetensorsException(
          file,
          "the header is not valid JSON: " + ParserText.plain(e.getOriginalMessage()),
          SafetensorsException.FETCH_AGAIN,
          e);
    }
    checkOffsets(file, header.tensors.values(), dataBytes);
    return header;
  }

  private static void checkOffsets(Path file, Collection<TensorInfo> tensors, long dataBytes) {
    List<TensorInfo> ordered = new ArrayList<>(tensors);
    ordered.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    long at = 0;
    String previous = "the start of the data";
    for (TensorInfo tensor : ordered) {
      if (tensor.end() > dataBytes) {
        throw damaged(
            file,
            tensor.name(),
            offsets(tensor) + " end behind the " + dataBytes + " bytes of data in the file");
      }
      if (tensor.begin() != at) {
        throw damaged(
            file,
            tensor.name(),
            offsets(tensor)
                + (tensor.begin() > at ? " leave a hole after " : " overlap ")
                + previous
                + ", expected to begin at "
                + at);
      }
      at = tensor.end();
      previous = "tensor \"" + tensor.name() + "\"";
    }
    if (at != dataBytes) {
      throw new SafetensorsException(
          file,
          "the tensors take " + at + " bytes of data, the file holds " + dataBytes,
          SafetensorsException.FETCH_AGAIN);
    }
  }

  private static String offsets(TensorInfo tensor) {
    return "data_offsets [" + tensor.begin() + ", " + tensor.end() + "]";
  }

  private static SafetensorsException damaged(Path file, String tensor, String fault) {
    return new SafetensorsException(
        file, "tensor \"" + tensor + "\": " + fault, SafetensorsException.FETCH_AGAIN);
  }

  /** Pulls the header's tokens; it holds no more than one entry at a time beside the result. */
  private static final class Decoder {
    private final Path file;
    private final JsonParser parser;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Decoder(Path file, JsonParser parser) {
      this.file = file;
      this.parser = parser;
    }

    SafetensorsHeader header() {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the header", "an object");
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals(METADATA)) {
          expect(value, JsonToken.START_OBJECT, METADATA, "an object of text");
          readMetadata();
        } else {
          expect(value, JsonToken.START_OBJECT, "tensor \"" + name + "\"", "an object");
          tensors.put(name, readTensor(name));
          if (tensors.size() > MAX_TENSORS) {
            throw wrong("the header", "more than " + MAX_TENSORS + " tensors", "fewer");
          }
        }
      }
      if (parser.nextToken() != null) {
        throw wrong("the header", "something behind its closing brace", "only spaces");
      }
      return new SafetensorsHeader(tensors, metadata);
    }

    private void readMetadata() {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA + " \"" + key + "\"", "text");
        metadata.put(key, parser.getString());
      }
    }

    private TensorInfo readTensor(String name) {
      String where = "tensor \"" + name + "\"";
      @Nullable DType dtype = null;
      long @Nullable [] shape = null;
      long @Nullable [] offsets = null;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (key) {
          case "dtype" -> dtype = readDtype(where, value);
          case "shape" -> shape = readLongs(where + " shape", value);
          case "data_offsets" -> offsets = readLongs(where + " data_offsets", value);
          default -> throw wrong(where, "the entry \"" + key + "\"", "dtype, shape, data_offsets");
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        String lacking = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
        throw wrong(where, "no " + lacking, "dtype, shape and data_offsets");
      }
      return info(where, name, dtype, shape, offsets);
    }

    private TensorInfo info(String where, String name, DType dtype, long[] shape, long[] offsets) {
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw wrong(where, "data_offsets " + Arrays.toString(offsets), "[begin, end]");
      }
      TensorSpec spec;
      try {
        spec = new TensorSpec(name, dtype, shape);
      } catch (IllegalArgumentException e) {
        throw wrong(where, String.valueOf(e.getMessage()), "a possible shape");
      }
      if (offsets[1] - offsets[0] != spec.byteSize()) {
        throw wrong(
            where,
            "data_offsets "
                + Arrays.toString(offsets)
                + ", "
                + (offsets[1] - offsets[0])
                + " bytes",
            spec.byteSize() + " bytes for " + dtype.safetensorsName() + Arrays.toString(shape));
      }
      return new TensorInfo(spec, offsets[0], offsets[1]);
    }

    private DType readDtype(String where, JsonToken value) {
      expect(value, JsonToken.VALUE_STRING, where + " dtype", "text");
      String name = parser.getString();
      return DType.findSafetensors(name)
          .orElseThrow(
              () ->
                  wrong(
                      where,
                      "dtype \"" + name + "\"",
                      String.join(
                          ", ",
                          Arrays.stream(DType.values()).map(DType::safetensorsName).toList())));
    }

    private long[] readLongs(String where, JsonToken value) {
      expect(value, JsonToken.START_ARRAY, where, "an array of whole numbers");
      long[] numbers = new long[4];
      int count = 0;
      for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
        expect(t, JsonToken.VALUE_NUMBER_INT, where, "whole numbers");
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            || parser.getLongValue() < 0) {
          throw wrong(where, parser.getString(), "a number from 0 to " + Long.MAX_VALUE);
        }
        if (count == numbers.length) {
          numbers = Arrays.copyOf(numbers, count * 2);
        }
        numbers[count++] = parser.getLongValue();
      }
      return Arrays.copyOf(numbers, count);
    }

    private void expect(
        @Nullable JsonToken found, JsonToken expected, String where, String description) {
      if (found != expected) {
        throw wrong(where, found == null ? "the end" : found.toString(), description);
      }
    }

    private SafetensorsException wrong(String where, String found, String expected) {
      return new SafetensorsException(
          file,
          "the header is wrong at " + where + ": found " + found + ", expected " + expected,
          SafetensorsException.FETCH_AGAIN);
    }
  }
}
