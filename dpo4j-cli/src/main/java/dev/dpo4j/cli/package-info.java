/* SPDX-License-Identifier: Apache-2.0 */
/** The commands of dpo4j. */
@NullMarked
package dev.dpo4j.cli;

import org.jspecify.annotations.NullMarked;
