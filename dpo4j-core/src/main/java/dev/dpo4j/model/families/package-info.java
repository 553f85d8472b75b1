/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The families of language models, one file each: what a family reads from {@code config.json}, its
 * defaults, its tensor names and the switches of its layers.
 */
@NullMarked
package dev.dpo4j.model.families;

import org.jspecify.annotations.NullMarked;
