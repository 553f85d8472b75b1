/* SPDX-License-Identifier: Apache-2.0 */
/** The commands for the Hugging Face Hub. */
@NullMarked
package dev.dpo4j.cli.hub;

import org.jspecify.annotations.NullMarked;
