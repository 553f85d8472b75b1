/* SPDX-License-Identifier: Apache-2.0 */
/** Cards of several processes, which exchange tensors by NCCL. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda.nccl;
