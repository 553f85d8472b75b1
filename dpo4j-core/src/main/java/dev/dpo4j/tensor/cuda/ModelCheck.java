/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares a step of {@link CheckedModel} with numbers of torch in float64: losses, gradients and
 * what the optimizer changed.
 *
 * <p>The numbers come from {@code dpo4j-parity/golden/two_layers.py}, which compares its model with
 * that of transformers.
 */
final class ModelCheck {
  /** Twenty times what float32 loses on the way there and back, and less than tf32 does. */
  private static final double FLOAT32 = 4e-5;

  /**
   * Activations are rounded to bfloat16 some thirty times on the way there and back, which moves
   * the smallest gradients by three hundredths. What is computed wrongly is off by its length.
   */
  private static final double BFLOAT16 = 0x1p-3;

  private static final double LOSS = 3.837193875;
  private static final double LOSS_AFTER = 2.208435614;

  /**
   * What is stored of a weight's gradient and change: their lengths, and their parts along a
   * direction that no permutation of the numbers keeps.
   */
  private record Seen(
      String name, double gradient, double gradientPart, double change, double changePart) {}

  private static final List<Seen> WEIGHTS =
      List.of(
          new Seen("model.embed_tokens", 3.935852669, -0.011999950, 0.112125084, 0.005928194),
          new Seen(
              "model.layers.0.input_layernorm",
              0.804386688,
              0.053365721,
              0.049994797,
              -0.009195884),
          new Seen(
              "model.layers.0.self_attn.q_proj",
              1.872593580,
              -0.067275916,
              0.224830419,
              0.005691464),
          new Seen(
              "model.layers.0.self_attn.k_proj",
              2.535040587,
              -0.114364400,
              0.183832208,
              -0.002312630),
          new Seen(
              "model.layers.0.self_attn.v_proj",
              2.935136870,
              0.239249136,
              0.188239441,
              -0.006197602),
          new Seen(
              "model.layers.0.self_attn.o_proj",
              2.979203714,
              -0.121158911,
              0.254985898,
              0.013724726),
          new Seen(
              "model.layers.0.post_attention_layernorm",
              0.707859555,
              -0.124688217,
              0.044968582,
              0.005153144),
          new Seen(
              "model.layers.0.mlp.gate_proj", 1.700497797, -0.049538273, 0.239489349, 0.009070110),
          new Seen(
              "model.layers.0.mlp.up_proj", 2.052262599, 0.024942022, 0.240024694, -0.007542966),
          new Seen(
              "model.layers.0.mlp.down_proj", 1.543483784, -0.034911182, 0.235752024, 0.000180970),
          new Seen(
              "model.layers.1.input_layernorm",
              0.283832442,
              -0.021538471,
              0.036736736,
              0.007321711),
          new Seen(
              "model.layers.1.self_attn.q_proj",
              0.089446020,
              0.005810492,
              0.059157544,
              -0.003713668),
          new Seen(
              "model.layers.1.self_attn.k_proj",
              0.080134091,
              0.001879611,
              0.050365636,
              -0.000504959),
          new Seen(
              "model.layers.1.self_attn.v_proj",
              1.110527626,
              0.022312133,
              0.155357981,
              -0.004896363),
          new Seen(
              "model.layers.1.self_attn.o_proj",
              1.273145434,
              0.052546896,
              0.211562925,
              0.000631817),
          new Seen(
              "model.layers.1.post_attention_layernorm",
              0.283323829,
              0.038641482,
              0.040583562,
              -0.005944224),
          new Seen(
              "model.layers.1.mlp.gate_proj", 1.274236719, -0.051988465, 0.208958356, 0.011692628),
          new Seen(
              "model.layers.1.mlp.up_proj", 0.956726087, 0.021864409, 0.194421087, -0.000923404),
          new Seen(
              "model.layers.1.mlp.down_proj", 0.765748270, -0.039821495, 0.195234559, 0.010163961),
          new Seen("model.norm", 0.433719787, 0.026115605, 0.041822480, 0.005680658),
          new Seen("lm_head", 2.159492051, -0.132034568, 0.195786335, 0.006326081));

  private final CheckedNumbers numbers;
  private final CudaBackend backend;
  private final @Nullable FlashKernels flash;

  ModelCheck(CheckedNumbers numbers, CudaBackend backend, @Nullable FlashKernels flash) {
    this.numbers = numbers;
    this.backend = backend;
    this.flash = flash;
  }

  /** Checks float32 with attention by products, and bfloat16 with attention's kernels. */
  void run() {
    check(new CheckedModel(numbers, backend, DType.FLOAT32, null), "float32", FLOAT32);
    if (flash != null && flash.supports(DType.BFLOAT16, CheckedModel.SIZE)) {
      check(new CheckedModel(numbers, backend, DType.BFLOAT16, flash), "bfloat16", BFLOAT16);
    }
  }

  private static String what(String name, String type) {
    return "a step of a model of two layers in " + type + ": " + name;
  }

  private void check(CheckedModel model, String type, double tolerance) {
    CheckedNumbers.expect(what("the loss", type), model.loss(), LOSS, tolerance * LOSS);
    model.backward();
    model.step();
    for (int seed = 0; seed < WEIGHTS.size(); seed++) {
      Seen seen = WEIGHTS.get(seed);
      CheckedModel.Weight weight = model.weights().get(seed);
      double[] gradient = numbers.read(weight.gradient());
      double[] change = numbers.read(weight.value());
      double[] start = CheckedModel.start(seed, weight.value().shape());
      for (int i = 0; i < change.length; i++) {
        change[i] -= start[i];
      }
      double[] direction = CheckedModel.formula(change.length, seed + 100);
      compare(
          what("the gradient of " + seen.name, type),
          gradient,
          direction,
          seen.gradient,
          seen.gradientPart,
          tolerance);
      compare(
          what("the change of " + seen.name, type),
          change,
          direction,
          seen.change,
          seen.changePart,
          tolerance);
    }
    CheckedNumbers.expect(
        what("the loss after it", type), model.loss(), LOSS_AFTER, tolerance * LOSS_AFTER);
  }

  private static void compare(
      String what, double[] x, double[] direction, double length, double part, double tolerance) {
    double measured = length(x);
    CheckedNumbers.expect(what + " in length", measured, length, tolerance * length);
    double along = 0;
    for (int i = 0; i < x.length; i++) {
      along += x[i] * direction[i];
    }
    CheckedNumbers.expect(
        what + " in direction", along / length(direction), part, tolerance * length);
  }

  private static double length(double[] x) {
    double squares = 0;
    for (double number : x) {
      squares += number * number;
    }
    return Math.sqrt(squares);
  }
}
