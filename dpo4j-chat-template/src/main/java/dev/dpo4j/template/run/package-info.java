/* SPDX-License-Identifier: Apache-2.0 */
/** Statements and expressions of a template, and the interpreter that runs them. */
@NullMarked
package dev.dpo4j.template.run;

import org.jspecify.annotations.NullMarked;
