/* SPDX-License-Identifier: Apache-2.0 */
/** People compare two answers: questions, decisions on the disk, agreement, export. */
@NullMarked
package dev.dpo4j.studio.label;

import org.jspecify.annotations.NullMarked;
