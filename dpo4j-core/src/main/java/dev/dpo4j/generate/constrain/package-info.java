/* SPDX-License-Identifier: Apache-2.0 */
/** Answers of a given form: which tokens may come next. */
@NullMarked
package dev.dpo4j.generate.constrain;

import org.jspecify.annotations.NullMarked;
