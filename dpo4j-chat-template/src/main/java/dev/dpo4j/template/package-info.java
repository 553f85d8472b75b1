/* SPDX-License-Identifier: Apache-2.0 */
/** Exact Jinja for chat templates: lexer, parser, tree, interpreter, generation spans. */
@NullMarked
package dev.dpo4j.template;

import org.jspecify.annotations.NullMarked;
