/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Builtin;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.PyCallable;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Sized;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} variable. It looks ahead one item, and counts a generator only when asked. */
final class LoopContext implements Sized {
  private final Interpreter in;
  private final Stmt.For node;
  private final VariableScope around;
  private final Object iterable;
  private final int depth0;
  private Iterator<Object> items;
  private @Nullable Integer length;
  private @Nullable Object after;
  private @Nullable Object current;
  private @Nullable Object before;
  private @Nullable List<Object> lastChanged;
  private int index0 = -1;

  LoopContext(Interpreter in, Stmt.For node, VariableScope around, Object iterable, int depth0) {
    this.in = in;
    this.node = node;
    this.around = around;
    this.iterable = iterable;
    this.depth0 = depth0;
    this.items = Iteration.iterate(in, iterable);
  }

  /** Goes to the next item; false at the end. */
  boolean advance() {
    Object next = peek();
    if (next == null) {
      return false;
    }
    after = null;
    index0++;
    before = current;
    current = next;
    return true;
  }

  Object current() {
    if (current == null) {
      throw new IllegalStateException("the loop has not begun");
    }
    return current;
  }

  private @Nullable Object peek() {
    if (after == null && items.hasNext()) {
      after = items.next();
    }
    return after;
  }

  @Override
  public int length() {
    if (length == null) {
      Integer known = Iteration.length(iterable);
      if (known == null) {
        List<Object> rest = new ArrayList<>();
        items.forEachRemaining(rest::add);
        items = rest.iterator();
        known = rest.size() + index0 + 1 + (after == null ? 0 : 1);
      }
      length = known;
    }
    return length;
  }

  @Override
  public @Nullable Object attribute(Evaluation interpreter, String name) {
    return switch (name) {
      case "index" -> index0 + 1L;
      case "index0" -> (long) index0;
      case "revindex" -> (long) length() - index0;
      case "revindex0" -> (long) length() - index0 - 1;
      case "first" -> index0 == 0;
      case "last" -> peek() == null;
      case "length" -> (long) length();
      case "depth" -> depth0 + 1L;
      case "depth0" -> (long) depth0;
      case "previtem" ->
          index0 == 0 || before == null ? Undefined.hint("there is no previous item") : before;
      case "nextitem" -> {
        Object next = peek();
        yield next == null ? Undefined.hint("there is no next item") : next;
      }
      case "cycle" -> Builtin.method(name, (i, args) -> cycle(args));
      case "changed" -> Builtin.method(name, (i, args) -> changed(args));
      default -> null;
    };
  }

  private Object cycle(CallArguments args) {
    List<Object> values = args.positional();
    if (values.isEmpty()) {
      throw PyError.type("no items for cycling given");
    }
    return values.get(index0 % values.size());
  }

  private boolean changed(CallArguments args) {
    List<Object> values = args.positional();
    if (lastChanged != null && PyLogic.equal(in, PyTuple.of(lastChanged), PyTuple.of(values))) {
      return false;
    }
    lastChanged = values;
    return true;
  }

  @Override
  public PyCallable callable() {
    return (i, args) -> {
      if (!node.recursive()) {
        throw PyError.type("The loop must have the 'recursive' marker to be called recursively.");
      }
      Object nested = args.bind("loop", 1, "iterable").get(0);
      return node.render(in, around, nested, depth0 + 1);
    };
  }

  @Override
  public String typeName() {
    return "LoopContext";
  }

  @Override
  public String print(Evaluation interpreter) {
    return "<LoopContext " + (index0 + 1) + "/" + length() + ">";
  }
}
