/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.PyCallable;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyObject;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a call block, with the scope it was defined in. */
public record Macro(Code code, VariableScope around) implements PyObject {

  /**
   * A macro as written.
   *
   * @param name its name, or empty for the body of a call block
   */
  public record Code(String name, Signature signature, List<Stmt> body, Frame frame) {}

  /** A parameter with its default value, or null. */
  public record Parameter(String name, @Nullable Expr defaultValue) {}

  /**
   * What a macro takes. It takes more arguments than it names, and a caller, only if its body
   * speaks of {@code varargs}, {@code kwargs} or {@code caller}.
   */
  public record Signature(
      List<Parameter> parameters, boolean usesVarargs, boolean usesKwargs, boolean usesCaller) {

    public boolean names(String parameter) {
      return parameters.stream().anyMatch(p -> p.name.equals(parameter));
    }
  }

  @Override
  public PyCallable callable() {
    return this::call;
  }

  private Object call(Evaluation evaluation, CallArguments args) {
    Interpreter in = Interpreter.of(evaluation);
    Signature signature = code.signature;
    VariableScope inner = new VariableScope(around, code.frame);
    List<Object> positional = args.positional();
    Map<String, Object> named = new LinkedHashMap<>(args.named());
    List<Parameter> open = new ArrayList<>();
    List<Parameter> parameters = signature.parameters;
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      Object value = i < positional.size() ? positional.get(i) : named.remove(parameter.name);
      inner.set(parameter.name, value == null ? VariableScope.MISSING : value);
      if (value == null) {
        open.add(parameter);
      }
    }
    bindSpecial(inner, positional, named);
    for (Parameter parameter : open) {
      Expr otherwise = parameter.defaultValue;
      inner.set(
          parameter.name,
          otherwise != null
              ? in.evalIn(inner, otherwise)
              : Undefined.hint("parameter '" + parameter.name + "' was not provided"));
    }
    return in.capture(inner, code.body).text();
  }

  private void bindSpecial(
      VariableScope inner, List<Object> positional, Map<String, Object> named) {
    Signature signature = code.signature;
    if (signature.usesCaller && !signature.names("caller")) {
      Object caller = named.remove("caller");
      inner.set(
          "caller",
          caller == null || caller == None.NONE ? Undefined.hint("No caller defined") : caller);
    }
    if (signature.usesKwargs) {
      PyDict kwargs = new PyDict();
      named.forEach(kwargs::put);
      inner.set("kwargs", kwargs);
    } else if (!named.isEmpty()) {
      String first = named.containsKey("caller") ? "caller" : named.keySet().iterator().next();
      throw PyError.type("macro " + shownName() + " takes no keyword argument '" + first + "'");
    }
    int count = signature.parameters.size();
    if (signature.usesVarargs) {
      int from = Math.min(count, positional.size());
      inner.set("varargs", PyTuple.of(positional.subList(from, positional.size())));
    } else if (positional.size() > count) {
      throw PyError.type("macro " + shownName() + " takes not more than " + count + " argument(s)");
    }
  }

  private String shownName() {
    return code.name.isEmpty() ? "None" : Repr.quote(code.name);
  }

  @Override
  public @Nullable Object attribute(Evaluation in, String name) {
    Signature signature = code.signature;
    return switch (name) {
      case "name" -> code.name.isEmpty() ? None.NONE : code.name;
      case "arguments" ->
          PyTuple.of(signature.parameters.stream().map(p -> (Object) p.name).toList());
      case "catch_kwargs" -> signature.usesKwargs;
      case "catch_varargs" -> signature.usesVarargs;
      case "caller" -> signature.usesCaller;
      default -> null;
    };
  }

  @Override
  public String typeName() {
    return "Macro";
  }

  @Override
  public String print(Evaluation in) {
    return "<Macro " + (code.name.isEmpty() ? "anonymous" : Repr.quote(code.name)) + ">";
  }
}
