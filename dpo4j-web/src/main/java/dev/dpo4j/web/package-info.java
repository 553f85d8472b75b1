/* SPDX-License-Identifier: Apache-2.0 */
/** An HTTP server of exact paths, and the only package that knows which library serves them. */
@NullMarked
package dev.dpo4j.web;

import org.jspecify.annotations.NullMarked;
