/* SPDX-License-Identifier: Apache-2.0 */
/** The command that generates answers, one by one or in batches. */
@NullMarked
package dev.dpo4j.cli.generate;

import org.jspecify.annotations.NullMarked;
