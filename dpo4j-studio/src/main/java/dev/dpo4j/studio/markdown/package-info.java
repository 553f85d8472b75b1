/* SPDX-License-Identifier: Apache-2.0 */
/** Markdown of models, made safe for a page. */
@NullMarked
package dev.dpo4j.studio.markdown;

import org.jspecify.annotations.NullMarked;
