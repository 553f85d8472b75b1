/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.operator.Attributes;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.Strftime;
import dev.dpo4j.template.value.Builtin;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Cycler;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Joiner;
import dev.dpo4j.template.value.Namespace;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyCallable;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyObject;
import dev.dpo4j.template.value.PyRange;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Undefined;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions every chat template may call. */
final class Globals {
  private static final Map<String, Object> ALL =
      Map.of(
          "range", Builtin.function("range", (in, args) -> range(args)),
          "dict", new DictType(),
          "namespace", new Builtin("namespace", "type", Globals::namespace),
          "cycler", new Builtin("cycler", "type", (in, args) -> new Cycler(args)),
          "joiner", new Builtin("joiner", "type", (in, args) -> new Joiner(args)),
          "lipsum", Builtin.function("lipsum", (in, args) -> refuseLipsum()),
          "raise_exception", Builtin.function("raise_exception", Globals::raise),
          "strftime_now", Builtin.function("strftime_now", Globals::now),
          "self", new Self());

  private Globals() {}

  static @Nullable Object find(String name) {
    return ALL.get(name);
  }

  private static Object refuseLipsum() {
    throw PyError.security("lipsum() is refused: the same conversation must give the same text");
  }

  private static Object range(CallArguments args) {
    CallArguments.Bound bound = args.positionalOnly("range", 1, "start", "stop", "step");
    long first = Numbers.requireLong(bound.get(0));
    if (!bound.has(1)) {
      return new PyRange(0, first, 1);
    }
    long step = bound.has(2) ? Numbers.requireLong(bound.get(2)) : 1;
    return new PyRange(first, Numbers.requireLong(bound.get(1)), step);
  }

  private static Object namespace(Evaluation in, CallArguments args) {
    Namespace namespace = new Namespace();
    for (PyDict.Entry entry : dict(in, args).entries()) {
      namespace.set(entry.key(), entry.value());
    }
    return namespace;
  }

  /** dict(mapping or pairs, **values). */
  private static PyDict dict(Evaluation in, CallArguments args) {
    PyDict dict = new PyDict();
    CallArguments.Bound bound =
        new CallArguments(args.positional(), Map.of()).bind("dict", 0, "iterable");
    if (bound.has(0)) {
      addAll(in, dict, bound.get(0));
    }
    args.named().forEach(dict::put);
    return dict;
  }

  private static void addAll(Evaluation in, PyDict dict, Object source) {
    if (source instanceof PyDict other) {
      in.budget().checkItems(other.size());
      other.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
      return;
    }
    Undefined.check(source instanceof Undefined ? None.NONE : source);
    int index = 0;
    for (Object item : Iteration.list(in, source)) {
      if (!Iteration.isIterable(item)) {
        throw PyError.type(
            "cannot convert dictionary update sequence element #" + index + " to a sequence");
      }
      List<Object> pair = Iteration.list(in, item);
      if (pair.size() != 2) {
        throw PyError.value(
            "dictionary update sequence element #"
                + index
                + " has length "
                + pair.size()
                + "; 2 is required");
      }
      dict.put(pair.get(0), pair.get(1));
      index++;
    }
  }

  private static Object raise(Evaluation in, CallArguments args) {
    throw PyError.template(in.str(args.bind("raise_exception", 1, "message").get(0)));
  }

  private static Object now(Evaluation in, CallArguments args) {
    Object format = args.bind("strftime_now", 1, "format").get(0);
    return Strftime.format(in.clock(), Text.require(format, "strftime() argument 1"));
  }

  /** The {@code dict} of chat templates: a call, and fromkeys. */
  private record DictType() implements PyObject {
    @Override
    public PyCallable callable() {
      return Globals::dict;
    }

    @Override
    public @Nullable Object attribute(Evaluation in, String name) {
      return name.equals("fromkeys") ? Builtin.method(name, Attributes::fromKeys) : null;
    }

    @Override
    public String typeName() {
      return "TemplateDict";
    }

    @Override
    public String print(Evaluation in) {
      return "<TemplateDict object>";
    }
  }

  /** {@code self}: the blocks of the template by name. */
  private record Self() implements PyObject {
    @Override
    public @Nullable Object attribute(Evaluation in, String name) {
      Stmt.Block block = Interpreter.of(in).blocks().get(name);
      return block == null
          ? null
          : Builtin.function(
              name,
              (i, args) ->
                  Interpreter.of(i)
                      .capture(
                          new VariableScope(Interpreter.of(i).scope().root(), block.frame()),
                          block.body())
                      .text());
    }

    @Override
    public String typeName() {
      return "TemplateReference";
    }

    @Override
    public String print(Evaluation in) {
      return "<TemplateReference None>";
    }
  }
}
