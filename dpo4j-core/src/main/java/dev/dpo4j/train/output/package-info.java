/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a run leaves in its folder: checkpoints, logs, proofs, and the point from which it resumes.
 */
@NullMarked
package dev.dpo4j.train.output;

import org.jspecify.annotations.NullMarked;
