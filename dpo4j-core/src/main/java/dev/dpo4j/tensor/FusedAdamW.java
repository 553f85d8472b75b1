/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.global.torch;

/**
 * The engine's fused AdamW kernel: one pass over weights, gradients and both moments.
 *
 * <p>The kernel has no binding of its own; it is reached through a TorchScript function that is
 * compiled once.
 */
final class FusedAdamW implements AutoCloseable {
  // Lists are made by a script function: appending to a native list from Java is not safe.
  private static final String SCRIPT =
      """
      def one(x: Tensor) -> List[Tensor]:
          return [x]

      def none() -> List[Tensor]:
          empty: List[Tensor] = []
          return empty

      def step(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
               x: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float,
               wd: float, eps: float) -> Tensor:
          torch._fused_adamw_(p, g, m, v, x, t, lr=lr, beta1=b1, beta2=b2, weight_decay=wd,
                              eps=eps, amsgrad=False, maximize=False)
          return p[0]
      """;

  private final CompilationUnit unit;
  private final Function one;
  private final Function step;
  private final IValue none;

  /** Compiles the script. */
  FusedAdamW() {
    Engine.ensureStarted();
    unit = torch.compile(SCRIPT);
    one = function("one");
    step = function("step");
    try (IValueVector arguments = new IValueVector()) {
      none = function("none").apply(arguments);
    }
  }

  private Function function(String name) {
    try (QualifiedName qualified = new QualifiedName(name)) {
      return unit.get_function(qualified);
    }
  }

  /** See {@link Ops#adamW}. */
  void step(
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
        IValueVector arguments = new IValueVector(p, g, m, v, none, t, lrValue, b1, b2, wd, eps)) {
      step.apply(arguments).close();
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

  @Override
  public void close() {
    none.close();
    unit.close();
  }
}
