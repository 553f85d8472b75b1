/* SPDX-License-Identifier: Apache-2.0 */
/** The commands around the web page on which people label pairs. */
@NullMarked
package dev.dpo4j.cli.label;

import org.jspecify.annotations.NullMarked;
