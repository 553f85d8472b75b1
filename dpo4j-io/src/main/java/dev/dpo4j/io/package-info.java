/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that survive a crash: written aside, synced and renamed; checksums, folders and the memory
 * of this process.
 */
@NullMarked
package dev.dpo4j.io;

import org.jspecify.annotations.NullMarked;
