/* SPDX-License-Identifier: Apache-2.0 */
/** One process for each rank of a run. */
@NullMarked
package dev.dpo4j.cli.launch;

import org.jspecify.annotations.NullMarked;
