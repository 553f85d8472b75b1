/* SPDX-License-Identifier: Apache-2.0 */
/** Architectures of causal language models, read from and written to Hugging Face folders. */
@NullMarked
package dev.dpo4j.model;

import org.jspecify.annotations.NullMarked;
