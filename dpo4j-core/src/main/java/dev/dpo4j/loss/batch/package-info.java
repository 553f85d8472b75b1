/* SPDX-License-Identifier: Apache-2.0 */
/** The losses that compare the pairs of a batch with each other. */
@NullMarked
package dev.dpo4j.loss.batch;

import org.jspecify.annotations.NullMarked;
