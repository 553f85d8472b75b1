/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Models and adapters in the formats of other programs: GGUF, as llama.cpp, Ollama and Java
 * runtimes read it.
 */
@NullMarked
package dev.dpo4j.model.export;

import org.jspecify.annotations.NullMarked;
