/* SPDX-License-Identifier: Apache-2.0 */
/** From the text of a template to its statements: lexer, parser, expressions. */
@NullMarked
package dev.dpo4j.template.parse;

import org.jspecify.annotations.NullMarked;
