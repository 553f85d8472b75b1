/* SPDX-License-Identifier: Apache-2.0 */
/** The command that serves the studio. */
@NullMarked
package dev.dpo4j.cli.studio;

import org.jspecify.annotations.NullMarked;
