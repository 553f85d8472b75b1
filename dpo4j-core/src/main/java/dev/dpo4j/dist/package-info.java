/* SPDX-License-Identifier: Apache-2.0 */
/** Several processes that train one model together. */
@NullMarked
package dev.dpo4j.dist;

import org.jspecify.annotations.NullMarked;
