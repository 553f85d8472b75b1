/* SPDX-License-Identifier: Apache-2.0 */
/** Preference pairs: readers, checks, tokenisation and batches. */
@NullMarked
package dev.dpo4j.data;

import org.jspecify.annotations.NullMarked;
