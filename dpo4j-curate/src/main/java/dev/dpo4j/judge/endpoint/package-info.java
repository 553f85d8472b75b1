/* SPDX-License-Identifier: Apache-2.0 */
/** Talks to a chat completions endpoint: requests, retries, replies, their cost and their log. */
@NullMarked
package dev.dpo4j.judge.endpoint;

import org.jspecify.annotations.NullMarked;
