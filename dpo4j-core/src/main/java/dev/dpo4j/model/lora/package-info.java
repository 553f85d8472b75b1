/* SPDX-License-Identifier: Apache-2.0 */
/** LoRA adapters: which modules they change, their configuration and their folder. */
@NullMarked
package dev.dpo4j.model.lora;

import org.jspecify.annotations.NullMarked;
