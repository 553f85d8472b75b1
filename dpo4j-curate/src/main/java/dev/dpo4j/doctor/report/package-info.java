/* SPDX-License-Identifier: Apache-2.0 */
/** The report of the data doctor as text, JSON and a page. */
@NullMarked
package dev.dpo4j.doctor.report;

import org.jspecify.annotations.NullMarked;
