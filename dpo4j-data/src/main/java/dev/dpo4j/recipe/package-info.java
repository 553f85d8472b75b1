/* SPDX-License-Identifier: Apache-2.0 */
/** Understands configuration files of TRL, alignment-handbook, LLaMA-Factory and axolotl. */
@NullMarked
package dev.dpo4j.recipe;

import org.jspecify.annotations.NullMarked;
