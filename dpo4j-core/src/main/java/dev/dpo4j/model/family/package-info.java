/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The families of language models: what is read from {@code config.json} and how their tensors are
 * named.
 */
@NullMarked
package dev.dpo4j.model.family;

import org.jspecify.annotations.NullMarked;
