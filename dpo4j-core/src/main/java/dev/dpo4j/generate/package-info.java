/* SPDX-License-Identifier: Apache-2.0 */
/** Sampling from a model with a key-value cache. */
@NullMarked
package dev.dpo4j.generate;

import org.jspecify.annotations.NullMarked;
