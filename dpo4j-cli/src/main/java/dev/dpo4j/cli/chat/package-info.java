/* SPDX-License-Identifier: Apache-2.0 */
/** The command in which a person talks with a model. */
@NullMarked
package dev.dpo4j.cli.chat;

import org.jspecify.annotations.NullMarked;
