/* SPDX-License-Identifier: Apache-2.0 */
/** A server for models that speaks OpenAI's protocol. */
@NullMarked
package dev.dpo4j.serve;

import org.jspecify.annotations.NullMarked;
