/* SPDX-License-Identifier: Apache-2.0 */
/** The commands that let a model judge answers and write pairs. */
@NullMarked
package dev.dpo4j.cli.judge;

import org.jspecify.annotations.NullMarked;
