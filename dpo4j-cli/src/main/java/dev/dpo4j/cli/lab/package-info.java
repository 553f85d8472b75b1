/* SPDX-License-Identifier: Apache-2.0 */
/** Experiments in which the theory can be computed to the end. */
@NullMarked
package dev.dpo4j.cli.lab;

import org.jspecify.annotations.NullMarked;
