/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How other tools spell a configuration: their names, their negations, and what becomes of each.
 */
@NullMarked
package dev.dpo4j.config.dialect;

import org.jspecify.annotations.NullMarked;
