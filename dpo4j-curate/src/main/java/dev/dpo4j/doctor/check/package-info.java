/* SPDX-License-Identifier: Apache-2.0 */
/** The checks of the data doctor: repeated rows, broken text, length bias, noisy labels. */
@NullMarked
package dev.dpo4j.doctor.check;

import org.jspecify.annotations.NullMarked;
