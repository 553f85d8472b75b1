/* SPDX-License-Identifier: Apache-2.0 */
/** The commands that train and that verify a run. */
@NullMarked
package dev.dpo4j.cli.train;

import org.jspecify.annotations.NullMarked;
