/* SPDX-License-Identifier: Apache-2.0 */
/** Binds YAML files and flags onto records and reports all faults at once. */
@NullMarked
package dev.dpo4j.config;

import org.jspecify.annotations.NullMarked;
