/* SPDX-License-Identifier: Apache-2.0 */
/** What can differ between families of language models: the switches of their layers. */
@NullMarked
package dev.dpo4j.model.style;

import org.jspecify.annotations.NullMarked;
