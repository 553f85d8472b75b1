/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.util.List;

/** A Python list. The sandbox lets no template change one, so it may share its items. */
public record PyList(List<Object> items) {}
