/* SPDX-License-Identifier: Apache-2.0 */
/** The studio: pages on which the runs of a folder are watched while they train. */
@NullMarked
package dev.dpo4j.studio.watch;

import org.jspecify.annotations.NullMarked;
