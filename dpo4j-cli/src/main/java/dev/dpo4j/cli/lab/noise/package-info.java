/* SPDX-License-Identifier: Apache-2.0 */
/** What flawed preference data does to a model whose wanted answers are known. */
@NullMarked
package dev.dpo4j.cli.lab.noise;

import org.jspecify.annotations.NullMarked;
