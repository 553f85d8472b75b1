/* SPDX-License-Identifier: Apache-2.0 */
/** Tensors in device memory, and what a device must do for them: memory, launches, products. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda.kernel;
