/* SPDX-License-Identifier: Apache-2.0 */
/** What the data doctor can find in a data set: ailments, their severity, examples and repairs. */
@NullMarked
package dev.dpo4j.doctor.finding;

import org.jspecify.annotations.NullMarked;
