/* SPDX-License-Identifier: Apache-2.0 */
/** Training on answers that the model gives while it is trained. */
@NullMarked
package dev.dpo4j.api.rl;

import org.jspecify.annotations.NullMarked;
