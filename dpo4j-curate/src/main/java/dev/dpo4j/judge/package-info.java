/* SPDX-License-Identifier: Apache-2.0 */
/** Preference data by models behind an OpenAI-compatible endpoint: judged, and written. */
@NullMarked
package dev.dpo4j.judge;

import org.jspecify.annotations.NullMarked;
