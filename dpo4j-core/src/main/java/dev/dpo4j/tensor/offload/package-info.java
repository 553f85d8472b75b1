/* SPDX-License-Identifier: Apache-2.0 */
/** Numbers that wait in memory of the host until the device needs them. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.offload;
