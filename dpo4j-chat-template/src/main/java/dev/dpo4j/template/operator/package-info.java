/* SPDX-License-Identifier: Apache-2.0 */
/** What Python's operators, methods and formats do with these values. */
@NullMarked
package dev.dpo4j.template.operator;

import org.jspecify.annotations.NullMarked;
