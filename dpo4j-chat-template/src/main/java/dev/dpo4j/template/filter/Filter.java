/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;

/** One filter. */
@FunctionalInterface
interface Filter {

  Object apply(Evaluation in, Object value, CallArguments args);
}
