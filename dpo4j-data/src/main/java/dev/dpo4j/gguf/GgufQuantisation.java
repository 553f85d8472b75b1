/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the weights of a whole model are stored: a type for most matrices, and more bits for those
 * that suffer most from rounding, as llama.cpp mixes them.
 */
public enum GgufQuantisation {
  F32(GgufType.F32, 0),
  F16(GgufType.F16, 1),
  BF16(GgufType.BF16, 32),
  Q8_0(GgufType.Q8_0, 7),
  Q4_0(GgufType.Q4_0, 2),
  Q4_1(GgufType.Q4_1, 3),
  Q5_0(GgufType.Q5_0, 8),
  Q5_1(GgufType.Q5_1, 9),
  Q4_K_M(GgufType.Q4_K, 15),
  Q5_K_M(GgufType.Q5_K, 17),
  Q6_K(GgufType.Q6_K, 18);

  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\.(.+)\\.weight");
  private static final String EMBEDDING = "token_embd.weight";
  private static final String HEAD = "output.weight";

  /** Mixtures with so few experts keep their attention in more bits. */
  private static final int FEW_EXPERTS = 8;

  /** Llama with so many layers shares each value head among eight query heads. */
  private static final int LAYERS_OF_70B = 80;

  /**
   * What the mix depends on.
   *
   * @param architecture the family
   * @param layers number of layers
   * @param experts experts of a layer, 0 for none
   * @param sharedValues whether several query heads share one of values
   * @param tied whether the embedding is the head, too
   */
  public record Shape(
      GgufArchitecture architecture, int layers, int experts, boolean sharedValues, boolean tied) {}

  private final GgufType type;
  private final int fileType;

  GgufQuantisation(GgufType type, int fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  /** The type of most matrices. */
  public GgufType type() {
    return type;
  }

  /** The number that stands for the mix under {@code general.file_type}. */
  public int fileType() {
    return fileType;
  }

  /** The name on the command line and in file names, such as {@code q4_k_m}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mix of that name. */
  public static Optional<GgufQuantisation> of(String name) {
    return Arrays.stream(values()).filter(q -> q.optionName().equals(name)).findFirst();
  }

  /**
   * The type of one tensor.
   *
   * @param name its name in the file
   * @param tensorShape outermost dimension first
   */
  public GgufType type(String name, long[] tensorShape, Shape model) {
    if (tensorShape.length < 2 || name.endsWith(".ffn_gate_inp.weight")) {
      return GgufType.F32;
    }
    if (!type.isPacked()) {
      return type;
    }
    long columns = tensorShape[tensorShape.length - 1];
    return fitting(mixed(name, columns, model), columns);
  }

  private GgufType mixed(String name, long columns, Shape model) {
    if (name.equals(HEAD) || (name.equals(EMBEDDING) && model.tied())) {
      return type == GgufType.Q8_0 || columns % type.blockSize() != 0
          ? GgufType.Q8_0
          : GgufType.Q6_K;
    }
    Matcher match = LAYER.matcher(name);
    if (!match.matches()) {
      return type;
    }
    int layer = Integer.parseInt(match.group(1));
    boolean few = model.experts() == FEW_EXPERTS;
    return switch (match.group(2)) {
      case "attn_v", "attn_qkv" -> {
        GgufType bits = withMoreBits(layer, model.layers());
        boolean large =
            model.architecture() == GgufArchitecture.LLAMA
                && model.layers() == LAYERS_OF_70B
                && model.sharedValues();
        bits = large && bits == GgufType.Q4_K ? GgufType.Q5_K : bits;
        yield few ? GgufType.Q8_0 : bits;
      }
      case "attn_k" -> few ? GgufType.Q8_0 : type;
      case "attn_output" -> few && this == Q4_K_M ? GgufType.Q5_K : type;
      case "ffn_down", "ffn_down_exps" -> withMoreBits(layer, model.layers());
      default -> type;
    };
  }

  /** The mixes give the first and last eighth of the layers more bits, and a third of the rest. */
  private GgufType withMoreBits(int layer, int layers) {
    boolean more = layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    return more && (this == Q4_K_M || this == Q5_K_M) ? GgufType.Q6_K : type;
  }

  /** Rows that are not whole blocks take a type with smaller ones. */
  private static GgufType fitting(GgufType wanted, long columns) {
    if (columns % wanted.blockSize() == 0) {
      return wanted;
    }
    GgufType smaller =
        switch (wanted) {
          case Q4_K -> GgufType.Q5_0;
          case Q5_K -> GgufType.Q5_1;
          case Q6_K -> GgufType.Q8_0;
          default -> GgufType.F16;
        };
    return columns % smaller.blockSize() == 0 ? smaller : GgufType.F16;
  }
}
