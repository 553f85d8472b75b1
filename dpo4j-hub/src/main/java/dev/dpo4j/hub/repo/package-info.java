/* SPDX-License-Identifier: Apache-2.0 */
/** Repositories on the Hub: their names, kinds and files, and the settings of the client. */
@NullMarked
package dev.dpo4j.hub.repo;

import org.jspecify.annotations.NullMarked;
