/* SPDX-License-Identifier: Apache-2.0 */
/** Pages that show how a run went. */
@NullMarked
package dev.dpo4j.report;

import org.jspecify.annotations.NullMarked;
