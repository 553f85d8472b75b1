/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tensors on a CUDA card: memory, own kernels, products by cuBLAS and attention by the flash
 * kernels of an installed PyTorch. Nothing outside {@code tensor} uses it.
 */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda;
