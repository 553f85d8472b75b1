/* SPDX-License-Identifier: Apache-2.0 */
/** Learning rates over a run: the schedules, their options, and what follows a metric. */
@NullMarked
package dev.dpo4j.optim.schedule;

import org.jspecify.annotations.NullMarked;
