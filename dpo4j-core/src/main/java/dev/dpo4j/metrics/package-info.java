/* SPDX-License-Identifier: Apache-2.0 */
/** Training metrics and the places they are written to. */
@NullMarked
package dev.dpo4j.metrics;

import org.jspecify.annotations.NullMarked;
