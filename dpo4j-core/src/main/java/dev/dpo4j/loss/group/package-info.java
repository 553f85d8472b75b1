/* SPDX-License-Identifier: Apache-2.0 */
/** Policy losses of answers that are compared within the group of answers to their prompt. */
@NullMarked
package dev.dpo4j.loss.group;

import org.jspecify.annotations.NullMarked;
