/* SPDX-License-Identifier: Apache-2.0 */
/** The trainers an application uses. */
@NullMarked
package dev.dpo4j.api;

import org.jspecify.annotations.NullMarked;
