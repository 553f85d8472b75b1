/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import java.util.List;
import java.util.Map;

/** A template ready to render: its statements, its blocks by name, its names. */
public record ParsedTemplate(List<Stmt> body, Map<String, Stmt.Block> blocks, Frame frame) {}
