/* SPDX-License-Identifier: Apache-2.0 */
/** Reads and writes safetensors files, single and sharded. */
@NullMarked
package dev.dpo4j.safetensors;

import org.jspecify.annotations.NullMarked;
