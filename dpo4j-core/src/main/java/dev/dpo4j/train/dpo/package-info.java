/* SPDX-License-Identifier: Apache-2.0 */
/** Direct preference optimization: its configuration, its method and its step. */
@NullMarked
package dev.dpo4j.train.dpo;

import org.jspecify.annotations.NullMarked;
