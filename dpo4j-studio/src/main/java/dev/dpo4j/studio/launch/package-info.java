/* SPDX-License-Identifier: Apache-2.0 */
/** Starts runs from a form: each is a process of its own, which does not need the studio. */
@NullMarked
package dev.dpo4j.studio.launch;

import org.jspecify.annotations.NullMarked;
