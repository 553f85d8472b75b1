/* SPDX-License-Identifier: Apache-2.0 */
/** A real card: NVIDIA's driver, kernels by NVRTC, products by cuBLAS, attention by PyTorch. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda.card;
