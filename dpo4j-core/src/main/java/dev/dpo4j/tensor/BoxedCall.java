/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/** Calls of operators that have no binding of their own, over a stack of values. */
final class BoxedCall {
  private BoxedCall() {}

  /** The only result of an operator, owned by the caller. */
  static IValue of(OperatorHandle operator, IValue... arguments) {
    try (IValueVector stack = new IValueVector(arguments)) {
      operator.callBoxed(stack);
      try (IValue top = stack.get(0)) {
        return new IValue(top);
      }
    }
  }

  /** The only result of an operator that is a tensor, owned by the caller. */
  static org.bytedeco.pytorch.Tensor tensor(OperatorHandle operator, IValue... arguments) {
    try (IValueVector stack = new IValueVector(arguments)) {
      operator.callBoxed(stack);
      try (IValue top = stack.get(0)) {
        // What lies on the stack goes with it: a hold of our own is taken.
        return new org.bytedeco.pytorch.Tensor(top.toTensor());
      }
    }
  }
}
