/* SPDX-License-Identifier: Apache-2.0 */
/** What is asked of the machine: the rate of its products, its units, its cards. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.probe;
