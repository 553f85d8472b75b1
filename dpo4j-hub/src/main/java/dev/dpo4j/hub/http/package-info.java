/* SPDX-License-Identifier: Apache-2.0 */
/** Requests to the Hub: authentication, retries, proxies, and what its refusals mean. */
@NullMarked
package dev.dpo4j.hub.http;

import org.jspecify.annotations.NullMarked;
