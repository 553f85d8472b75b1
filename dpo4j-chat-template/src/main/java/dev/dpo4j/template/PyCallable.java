/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

/** Something a template can call. */
@FunctionalInterface
interface PyCallable {

  Object call(Interpreter in, CallArguments args);
}
