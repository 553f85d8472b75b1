/* SPDX-License-Identifier: Apache-2.0 */
/** The run folder: state, resume and export. */
@NullMarked
package dev.dpo4j.checkpoint;

import org.jspecify.annotations.NullMarked;
