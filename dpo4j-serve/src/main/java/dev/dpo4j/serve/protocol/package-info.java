/* SPDX-License-Identifier: Apache-2.0 */
/** OpenAI's protocol: what requests mean, and how answers are written. */
@NullMarked
package dev.dpo4j.serve.protocol;

import org.jspecify.annotations.NullMarked;
