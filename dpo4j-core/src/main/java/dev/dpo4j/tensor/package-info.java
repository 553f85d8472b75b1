/* SPDX-License-Identifier: Apache-2.0 */
/** Our own tensors over libtorch: the only package that imports the engine. */
@NullMarked
package dev.dpo4j.tensor;

import org.jspecify.annotations.NullMarked;
