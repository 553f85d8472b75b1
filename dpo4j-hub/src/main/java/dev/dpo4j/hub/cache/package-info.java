/* SPDX-License-Identifier: Apache-2.0 */
/** The cache of downloaded files, shared with Python: blobs, locks, snapshots. */
@NullMarked
package dev.dpo4j.hub.cache;

import org.jspecify.annotations.NullMarked;
