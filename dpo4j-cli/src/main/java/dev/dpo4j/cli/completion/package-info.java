/* SPDX-License-Identifier: Apache-2.0 */
/** The command that writes completion scripts for shells. */
@NullMarked
package dev.dpo4j.cli.completion;

import org.jspecify.annotations.NullMarked;
