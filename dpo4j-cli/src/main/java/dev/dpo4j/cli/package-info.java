/* SPDX-License-Identifier: Apache-2.0 */
/** The command line {@code dpo4j}: the list of its commands, and what becomes of their failures. */
@NullMarked
package dev.dpo4j.cli;

import org.jspecify.annotations.NullMarked;
