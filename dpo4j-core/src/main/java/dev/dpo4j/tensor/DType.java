/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The element type of a tensor, with its size and its names in safetensors and in config.json. */
public enum DType {
  FLOAT64(8, "F64", "float64"),
  FLOAT32(4, "F32", "float32"),
  BFLOAT16(2, "BF16", "bfloat16"),
  FLOAT16(2, "F16", "float16"),
  INT64(8, "I64", "int64"),
  INT32(4, "I32", "int32"),
  INT16(2, "I16", "int16"),
  INT8(1, "I8", "int8"),
  UINT8(1, "U8", "uint8"),
  BOOL(1, "BOOL", "bool");

  private static final Map<String, DType> BY_SAFETENSORS_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(DType::safetensorsName, Function.identity()));
  private static final Map<String, DType> BY_TORCH_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(DType::torchName, Function.identity()));

  private final int byteSize;
  private final String safetensorsName;
  private final String torchName;

  DType(int byteSize, String safetensorsName, String torchName) {
    this.byteSize = byteSize;
    this.safetensorsName = safetensorsName;
    this.torchName = torchName;
  }

  /** Bytes of one element. */
  public int byteSize() {
    return byteSize;
  }

  /** The name in a safetensors header, such as {@code "BF16"}. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /** The name in a config.json and in torch, such as {@code "bfloat16"}. */
  public String torchName() {
    return torchName;
  }

  /** Whether the elements are floating point numbers. */
  public boolean isFloatingPoint() {
    return this == FLOAT64 || this == FLOAT32 || this == BFLOAT16 || this == FLOAT16;
  }

  /**
   * The type of a name in a safetensors header.
   *
   * @throws IllegalArgumentException when the name is not one of those that this project reads
   */
  public static DType fromSafetensors(String name) {
    return findSafetensors(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown safetensors dtype \"" + name + "\", expected one of " + names()));
  }

  /** The type of a name in a safetensors header, empty when it is not known. */
  public static Optional<DType> findSafetensors(String name) {
    return Optional.ofNullable(BY_SAFETENSORS_NAME.get(name));
  }

  /** The type of a name of torch such as {@code "float32"}, empty when it is not known. */
  public static Optional<DType> findTorch(String name) {
    return Optional.ofNullable(BY_TORCH_NAME.get(name));
  }

  private static String names() {
    return Arrays.stream(values()).map(DType::safetensorsName).collect(Collectors.joining(", "));
  }
}
