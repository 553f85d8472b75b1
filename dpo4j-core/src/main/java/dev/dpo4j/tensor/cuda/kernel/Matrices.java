/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DType;

/**
 * A stack of matrices in device memory; strides count elements.
 *
 * @param address of the first element
 * @param rowStride from one row to the next; 1 if columns are contiguous instead
 * @param columnStride from one column to the next; this or {@code rowStride} is 1
 * @param batch number of matrices, 1 for a single one
 * @param batchStride from one matrix to the next, 0 where the same one serves for all
 */
public record Matrices(
    long address,
    DType dtype,
    long rows,
    long columns,
    long rowStride,
    long columnStride,
    long batch,
    long batchStride) {}
