/* SPDX-License-Identifier: Apache-2.0 */
/** How long a step takes on many machines, worked out from what was measured on a few. */
@NullMarked
package dev.dpo4j.cli.lab.scale;

import org.jspecify.annotations.NullMarked;
