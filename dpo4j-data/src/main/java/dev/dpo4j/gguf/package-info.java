/* SPDX-License-Identifier: Apache-2.0 */
/** Reads GGUF files of llama.cpp as weights and configuration in the terms of Hugging Face. */
@NullMarked
package dev.dpo4j.gguf;

import org.jspecify.annotations.NullMarked;
