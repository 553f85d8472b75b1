/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The annotation processor that writes a builder for each record of options; it runs while the
 * library is compiled, and no program needs it.
 */
@NullMarked
package dev.dpo4j.processor;

import org.jspecify.annotations.NullMarked;
