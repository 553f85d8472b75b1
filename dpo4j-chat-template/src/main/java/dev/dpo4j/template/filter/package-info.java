/* SPDX-License-Identifier: Apache-2.0 */
/** Jinja's filters and tests, and the tables that list them. */
@NullMarked
package dev.dpo4j.template.filter;

import org.jspecify.annotations.NullMarked;
