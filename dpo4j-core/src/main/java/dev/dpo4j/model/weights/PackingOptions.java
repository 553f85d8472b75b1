/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.quant.CodeBook;
import dev.dpo4j.quant.WeightPacking;
import dev.dpo4j.tensor.DType;
import java.util.Set;

/** In how many bits the matrices of the layers are held, where they are not trained. */
public record PackingOptions(
    @Option(
            defaultValue = "false",
            help =
                "Holds the weights of the layers' linear modules in 4 bits, in blocks of 64 with a "
                    + "scale each, and widens them layer by layer while they are used.")
        boolean loadIn4bit,
    @Option(
            defaultValue = "false",
            help = "The same in 8 bits, with a scale for each row.",
            difference =
                "bitsandbytes also rounds the inputs of these layers to 8 bits; here they stay "
                    + "float32.")
        boolean loadIn8bit,
    @Option(defaultValue = "nf4", help = "The 16 numbers of load_in_4bit: normal floats or floats.")
        CodeBook bnb4bitQuantType,
    @Option(defaultValue = "false", help = "Holds the scales of load_in_4bit in 8 bits as well.")
        boolean useBnbNestedQuant)
    implements Checked {
  private static final Set<String> OF_FOUR_BITS =
      Set.of("bnb_4bit_quant_type", "use_bnb_nested_quant");

  @Override
  public void check(Check check) {
    if (loadIn4bit && loadIn8bit) {
      check.fault("load_in_8bit", "cannot be set together with load_in_4bit");
    }
    if (!loadIn4bit) {
      check.noEffect(OF_FOUR_BITS, "without load_in_4bit", "load_in_4bit");
    }
  }

  /** What becomes of the matrices of the layers; {@code otherwise} where nothing is asked for. */
  public WeightPacking packing(WeightPacking otherwise) {
    if (loadIn4bit) {
      boolean normal = bnb4bitQuantType == CodeBook.NF4;
      return new WeightPacking(
          normal ? WeightPacking.Kind.NF4 : WeightPacking.Kind.FP4, useBnbNestedQuant);
    }
    return loadIn8bit ? new WeightPacking(WeightPacking.Kind.INT8, false) : otherwise;
  }

  /** How a model is loaded that is only read. */
  public BaseForm form() {
    return new BaseForm(DType.FLOAT32, packing(WeightPacking.NONE));
  }
}
