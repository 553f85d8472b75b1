/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import java.util.Locale;

/** The kernels, by their source file in the resources of this package. */
public enum Kernel {
  UNARY("elementwise"),
  BINARY("elementwise"),
  ADDCMUL("elementwise"),
  REDUCE_LAST("reduce"),
  REDUCE_MIDDLE("reduce"),
  SUM_SQUARES("reduce"),
  ARGMAX_LAST("reduce"),
  CHOOSE("reduce"),
  SOFTMAX("reduce"),
  GATHER_ROWS("rows"),
  SCATTER_ROWS("rows"),
  ADD_ROWS("rows"),
  PICK("rows"),
  ADD_AT("rows"),
  SCATTER_KV_ADD("rows"),
  EMBEDDING_GRADIENT("rows"),
  RMS_NORM("norm"),
  RMS_NORM_APPLY("norm"),
  RMS_NORM_BACKWARD("norm"),
  RMS_NORM_WEIGHT_GRADIENT("norm"),
  ROPE_TABLE("rope"),
  ROTATE("rope"),
  SWIGLU("mlp"),
  SWIGLU_BACKWARD("mlp"),
  LOGIT_STATS("head"),
  LOGIT_GRADIENT("head"),
  ATTENTION_STEP("attention"),
  ROTATE_KEEP("step"),
  ADAMW("adamw"),
  ROUND_MANTISSA("reduced"),
  ENCODE_E4M3("reduced"),
  DECODE_E4M3("reduced"),
  WIDEN_CODES("reduced");

  private final String file;

  Kernel(String file) {
    this.file = file;
  }

  /** The name of its source file without ending. */
  public String file() {
    return file;
  }

  /** The name of its function. */
  public String function() {
    return "dpo4j_" + name().toLowerCase(Locale.ROOT);
  }
}
