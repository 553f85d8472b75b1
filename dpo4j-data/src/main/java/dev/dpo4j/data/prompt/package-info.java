/* SPDX-License-Identifier: Apache-2.0 */
/** Prompts that a model answers while it is trained, as token ids. */
@NullMarked
package dev.dpo4j.data.prompt;

import org.jspecify.annotations.NullMarked;
