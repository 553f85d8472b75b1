/* SPDX-License-Identifier: Apache-2.0 */
/** Causal language models: loaded with their tokenizer, run forwards and backwards, and saved. */
@NullMarked
package dev.dpo4j.model;

import org.jspecify.annotations.NullMarked;
