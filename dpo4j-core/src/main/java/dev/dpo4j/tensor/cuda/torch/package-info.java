/* SPDX-License-Identifier: Apache-2.0 */
/** An installed PyTorch: where it is, whether it serves, and its C interface. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda.torch;
