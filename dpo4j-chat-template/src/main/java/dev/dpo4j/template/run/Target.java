/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Namespace;
import dev.dpo4j.template.value.Types;
import java.util.Iterator;
import java.util.List;

/** What can stand left of an assignment. */
public sealed interface Target {

  void assign(Interpreter in, VariableScope scope, Object value);

  /** Refuses before anything is evaluated: an attribute can be set on a namespace only. */
  default void check(Interpreter in) {}

  /** {@code name}. */
  record Name(String name, int line) implements Target {
    @Override
    public void assign(Interpreter in, VariableScope scope, Object value) {
      scope.set(name, value);
    }
  }

  /** {@code namespace.attribute}. */
  record Member(String name, String attribute, int line) implements Target {
    @Override
    public void check(Interpreter in) {
      if (!(in.lookup(name) instanceof Namespace)) {
        in.at(line);
        throw PyError.template("cannot assign attribute on non-namespace object");
      }
    }

    @Override
    public void assign(Interpreter in, VariableScope scope, Object value) {
      if (in.lookup(name) instanceof Namespace namespace) {
        namespace.set(attribute, value);
      }
    }
  }

  /** {@code a, b}. */
  record Unpack(List<Target> parts, int line) implements Target {
    @Override
    public void check(Interpreter in) {
      parts.forEach(part -> part.check(in));
    }

    @Override
    public void assign(Interpreter in, VariableScope scope, Object value) {
      if (!Iteration.isIterable(value)) {
        in.at(line);
        throw PyError.type("cannot unpack non-iterable " + Types.name(value) + " object");
      }
      Iterator<Object> items = Iteration.iterate(in, value);
      Object[] unpacked = new Object[parts.size()];
      for (int i = 0; i < unpacked.length; i++) {
        if (!items.hasNext()) {
          in.at(line);
          throw PyError.value(
              "not enough values to unpack (expected " + unpacked.length + ", got " + i + ")");
        }
        unpacked[i] = items.next();
      }
      if (items.hasNext()) {
        in.at(line);
        throw PyError.value("too many values to unpack (expected " + unpacked.length + ")");
      }
      for (int i = 0; i < unpacked.length; i++) {
        parts.get(i).assign(in, scope, unpacked[i]);
      }
    }
  }
}
