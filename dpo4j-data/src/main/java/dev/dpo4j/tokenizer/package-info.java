/* SPDX-License-Identifier: Apache-2.0 */
/** Hugging Face tokenizers behind a narrow interface. */
@NullMarked
package dev.dpo4j.tokenizer;

import org.jspecify.annotations.NullMarked;
