/* SPDX-License-Identifier: Apache-2.0 */
/** The options that the methods of training share, and what every configuration has. */
@NullMarked
package dev.dpo4j.train.options;

import org.jspecify.annotations.NullMarked;
