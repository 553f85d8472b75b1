/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The forms in which data sets write a preference, one file a form, and how each becomes a pair.
 */
@NullMarked
package dev.dpo4j.data.form;

import org.jspecify.annotations.NullMarked;
