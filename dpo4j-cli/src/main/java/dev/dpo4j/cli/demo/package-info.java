/* SPDX-License-Identifier: Apache-2.0 */
/** The offline demonstration: its corpus, its preference pairs and the run over them. */
@NullMarked
package dev.dpo4j.cli.demo;

import org.jspecify.annotations.NullMarked;
