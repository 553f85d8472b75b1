/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.Budget;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.TemplateError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.PyCallable;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyObject;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of one rendering: names, output, spans, budget and the line that runs. */
public final class Interpreter implements Evaluation {

  /** What running a statement asks its surroundings to do next. */
  public enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  /** A span with the text it must hold in the end. */
  private record Marked(int line, int start, String text) {}

  private final Map<String, Object> variables;
  private final Map<String, Stmt.Block> blocks;
  private final Clock clock;
  private final Budget budget = new Budget();
  private final List<Marked> marked = new ArrayList<>();
  private VariableScope scope;
  private StringBuilder out = new StringBuilder();
  private int offset;
  private Object captured = "";
  private int line = 1;

  public Interpreter(Map<String, Object> variables, ParsedTemplate template, Clock clock) {
    this.variables = variables;
    this.blocks = template.blocks();
    this.clock = clock;
    this.scope = new VariableScope(null, template.frame());
  }

  @Override
  public Budget budget() {
    return budget;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  /** The rendering as such: it is the only evaluation there is. */
  static Interpreter of(Evaluation evaluation) {
    return (Interpreter) evaluation;
  }

  Map<String, Stmt.Block> blocks() {
    return blocks;
  }

  public int line() {
    return line;
  }

  /** Says which line runs now, for the message of an error. */
  void at(int newLine) {
    line = newLine;
  }

  // ---- names

  VariableScope scope() {
    return scope;
  }

  Object lookup(String name) {
    Object value = scope.find(name);
    if (value == null) {
      value = variables.get(name);
    }
    if (value == null) {
      value = Globals.find(name);
    }
    return value == null || value == VariableScope.MISSING ? Undefined.name(name) : value;
  }

  // ---- running

  Object eval(Expr expr) {
    budget.enter();
    try {
      return expr.eval(this);
    } finally {
      budget.leave();
    }
  }

  boolean test(Expr expr) {
    return PyLogic.truth(eval(expr));
  }

  public Flow run(List<Stmt> body) {
    budget.enter();
    try {
      for (Stmt statement : body) {
        budget.step();
        Flow flow = statement.run(this);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    } finally {
      budget.leave();
    }
  }

  /** Runs in a scope of its own inside {@code outer}. */
  Flow runIn(VariableScope inner, List<Stmt> body) {
    VariableScope before = scope;
    scope = inner;
    try {
      return run(body);
    } finally {
      scope = before;
    }
  }

  /** Evaluates in another scope. */
  Object evalIn(VariableScope inner, Expr expr) {
    VariableScope before = scope;
    scope = inner;
    try {
      return eval(expr);
    } finally {
      scope = before;
    }
  }

  // ---- output

  void emit(String text) {
    out.append(text);
    budget.checkLength((long) offset + out.length());
  }

  /** What a captured body wrote, and how it ended. */
  record Capture(String text, Flow flow) {}

  /** Runs a body whose output becomes a value instead of going on. */
  Capture capture(VariableScope inner, List<Stmt> body) {
    StringBuilder before = out;
    int offsetBefore = offset;
    offset += out.length();
    out = new StringBuilder();
    try {
      Flow flow = runIn(inner, body);
      return new Capture(budget.charge(out), flow);
    } finally {
      out = before;
      offset = offsetBefore;
    }
  }

  /** The text a filter block works on. */
  Object captured() {
    return captured;
  }

  /** Evaluates the filters of a block over its text. */
  Object filterCaptured(VariableScope inner, String text, Expr filter) {
    Object before = captured;
    captured = text;
    try {
      return evalIn(inner, filter);
    } finally {
      captured = before;
    }
  }

  /** Notes that the text just captured is a generation, and goes to the place now written at. */
  void mark(int atLine, String text) {
    marked.add(new Marked(atLine, offset + out.length(), text));
  }

  // ---- values

  @Override
  public String str(Object value) {
    return Repr.str(this, value);
  }

  Object call(Object callee, CallArguments args) {
    Undefined.check(callee);
    PyCallable code = callee instanceof PyObject object ? object.callable() : null;
    if (code == null) {
      throw PyError.type("'" + Types.name(callee) + "' object is not callable");
    }
    budget.step();
    return code.call(this, args);
  }

  /** The value found by a name, where null means there is none. */
  @Nullable Object variable(String name) {
    return variables.get(name);
  }

  // ---- the end

  public Output finish() {
    String text = out.toString();
    List<Output.Part> spans = new ArrayList<>(marked.size());
    TemplateError lost = null;
    for (Marked mark : marked) {
      if (text.startsWith(mark.text, mark.start)) {
        spans.add(new Output.Part(mark.start, mark.start + mark.text.length()));
      } else {
        lost =
            new TemplateError(
                mark.line,
                "the text of a {% generation %} block was changed or moved after it was written, so"
                    + " its place in the conversation is not known; write it out directly");
      }
    }
    spans.sort(Comparator.comparingInt(Output.Part::start).thenComparingInt(Output.Part::end));
    return new Output(text, spans, lost);
  }
}
