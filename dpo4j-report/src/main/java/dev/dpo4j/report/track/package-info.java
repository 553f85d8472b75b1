/* SPDX-License-Identifier: Apache-2.0 */
/** Sends what a run folder holds to servers on which people follow runs. */
@NullMarked
package dev.dpo4j.report.track;

import org.jspecify.annotations.NullMarked;
