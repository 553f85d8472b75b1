/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

/** One filter. */
@FunctionalInterface
interface Filter {

  Object apply(Interpreter in, Object value, CallArguments args);
}
