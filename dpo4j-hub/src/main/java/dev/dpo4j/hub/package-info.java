/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Models and data sets by their names on the Hugging Face Hub: a client, the cache of
 * huggingface_hub, and uploads.
 */
@NullMarked
package dev.dpo4j.hub;

import org.jspecify.annotations.NullMarked;
