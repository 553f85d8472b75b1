/* SPDX-License-Identifier: Apache-2.0 */
/** Text, faults and budget at the ground of the template engine, before there are values. */
@NullMarked
package dev.dpo4j.template.text;

import org.jspecify.annotations.NullMarked;
