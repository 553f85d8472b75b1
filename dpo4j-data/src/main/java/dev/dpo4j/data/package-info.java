/* SPDX-License-Identifier: Apache-2.0 */
/** Preference data, ready to train on: what a reader of rows, prompts or examples needs first. */
@NullMarked
package dev.dpo4j.data;

import org.jspecify.annotations.NullMarked;
