/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

/** A global function, or a method bound to its value. */
public record Builtin(String name, String typeName, PyCallable code) implements PyObject {

  public static Builtin function(String name, PyCallable code) {
    return new Builtin(name, "function", code);
  }

  public static Builtin method(String name, PyCallable code) {
    return new Builtin(name, "builtin_function_or_method", code);
  }

  @Override
  public String print(Evaluation in) {
    return "<" + (typeName.equals("function") ? "function " : "built-in method ") + name + ">";
  }

  @Override
  public PyCallable callable() {
    return code;
  }
}
