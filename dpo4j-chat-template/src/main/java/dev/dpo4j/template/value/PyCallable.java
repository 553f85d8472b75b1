/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

/** Something a template can call. */
@FunctionalInterface
public interface PyCallable {

  Object call(Evaluation in, CallArguments args);
}
