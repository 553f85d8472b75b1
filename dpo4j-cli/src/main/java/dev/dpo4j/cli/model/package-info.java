/* SPDX-License-Identifier: Apache-2.0 */
/** The commands that merge adapters into a model and score rows with one. */
@NullMarked
package dev.dpo4j.cli.model;

import org.jspecify.annotations.NullMarked;
