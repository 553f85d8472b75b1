/* SPDX-License-Identifier: Apache-2.0 */
/** The commands that inspect preference data, examine it, and render chat templates. */
@NullMarked
package dev.dpo4j.cli.data;

import org.jspecify.annotations.NullMarked;
