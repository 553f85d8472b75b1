/* SPDX-License-Identifier: Apache-2.0 */
/** Uploads to the Hub: commits, and large files in parts. */
@NullMarked
package dev.dpo4j.hub.push;

import org.jspecify.annotations.NullMarked;
