/* SPDX-License-Identifier: Apache-2.0 */
/** The values of Python that a template works on: how they compare, print and are gone through. */
@NullMarked
package dev.dpo4j.template.value;

import org.jspecify.annotations.NullMarked;
