/* SPDX-License-Identifier: Apache-2.0 */
/** Examines preference data before training: what is wrong with it, where, and what to do. */
@NullMarked
package dev.dpo4j.doctor;

import org.jspecify.annotations.NullMarked;
