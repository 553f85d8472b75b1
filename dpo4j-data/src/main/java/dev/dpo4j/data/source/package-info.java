/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where rows come from: files and globs, splits, mixtures, and the entries of {@code
 * dataset_info.json}.
 */
@NullMarked
package dev.dpo4j.data.source;

import org.jspecify.annotations.NullMarked;
