/* SPDX-License-Identifier: Apache-2.0 */
/** The emulation of a card on the processor, for tests. */
@org.jspecify.annotations.NullMarked
package dev.dpo4j.tensor.cuda.host;
