/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.filter.Lookahead;
import dev.dpo4j.template.run.Interpreter.Capture;
import dev.dpo4j.template.run.Interpreter.Flow;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Lazy;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyTuple;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of a template; each kind knows how it runs. */
public sealed interface Stmt {

  Flow run(Interpreter in);

  /** Text and printed expressions. */
  record Output(List<Expr> parts) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      for (Expr part : parts) {
        in.at(part.line());
        Object value = in.eval(part);
        in.at(part.line());
        in.emit(in.str(value));
      }
      return Flow.NEXT;
    }
  }

  /** One condition with its body. */
  record Branch(Expr test, List<Stmt> body) {}

  /** {@code {% if %}}, in the scope around it. */
  record If(List<Branch> branches, List<Stmt> otherwise) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      for (Branch branch : branches) {
        in.at(branch.test.line());
        if (in.test(branch.test)) {
          return in.run(branch.body);
        }
      }
      return in.run(otherwise);
    }
  }

  /** The three frames of a loop. */
  record ForFrames(Frame test, Frame body, Frame otherwise) {}

  /** {@code {% for %}}. */
  record For(
      Target target,
      Expr iterable,
      @Nullable Expr test,
      boolean recursive,
      List<Stmt> body,
      List<Stmt> otherwise,
      ForFrames frames,
      int line)
      implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      in.at(line);
      Object items = in.eval(iterable);
      in.at(line);
      if (!recursive) {
        return rounds(in, in.scope(), items, 0);
      }
      in.emit(render(in, in.scope(), items, 0));
      return Flow.NEXT;
    }

    /** The whole loop as text: what a recursive loop prints for its own items. */
    String render(Interpreter in, VariableScope around, Object items, int depth) {
      List<Stmt> loop = List.of(new Rounds(this, around, items, depth));
      return in.capture(around, loop).text();
    }

    /** As in jinja2, the else part runs unless one round came to the end of its body. */
    Flow rounds(Interpreter in, VariableScope around, Object items, int depth) {
      LoopContext loop = new LoopContext(in, this, around, filtered(in, around, items), depth);
      boolean completed = false;
      while (loop.advance()) {
        VariableScope inner = new VariableScope(around, frames.body);
        target.assign(in, inner, loop.current());
        inner.set("loop", loop);
        Flow flow = in.runIn(inner, body);
        if (flow == Flow.BREAK) {
          break;
        }
        completed |= flow == Flow.NEXT;
      }
      return completed
          ? Flow.NEXT
          : in.runIn(new VariableScope(around, frames.otherwise), otherwise);
    }

    private Object filtered(Interpreter in, VariableScope around, Object items) {
      Expr condition = test;
      if (condition == null) {
        return items;
      }
      Iterator<Object> all = Iteration.iterate(in, items);
      return Lazy.generator(
          new Lookahead(in) {
            @Override
            public @Nullable Object advance() {
              while (all.hasNext()) {
                Object item = all.next();
                VariableScope inner = new VariableScope(around, frames.test);
                target.assign(in, inner, item);
                if (PyLogic.truth(in.evalIn(inner, condition))) {
                  return target instanceof Target.Unpack
                      ? PyTuple.of(Iteration.list(in, item))
                      : item;
                }
              }
              return null;
            }
          });
    }
  }

  /** The rounds of a recursive loop, run so that their output is captured. */
  record Rounds(For loop, VariableScope around, Object items, int depth) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      return loop.rounds(in, around, items, depth);
    }
  }

  /** {@code {% set a = b %}}. */
  record Set(Target target, Expr value, int line) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      target.check(in);
      in.at(line);
      Object result = in.eval(value);
      in.at(line);
      target.assign(in, in.scope(), result);
      return Flow.NEXT;
    }
  }

  /** {@code {% set a %}text{% endset %}}, with filters or without. */
  record SetBlock(Target target, @Nullable Expr filter, List<Stmt> body, Frame frame, int line)
      implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      VariableScope inner = new VariableScope(in.scope(), frame);
      Capture capture = in.capture(inner, body);
      if (capture.flow() != Flow.NEXT) {
        return capture.flow();
      }
      in.at(line);
      Object value =
          filter == null ? capture.text() : in.filterCaptured(inner, capture.text(), filter);
      target.check(in);
      target.assign(in, in.scope(), value);
      return Flow.NEXT;
    }
  }

  /** {@code {% filter a %}text{% endfilter %}}. */
  record FilterBlock(Expr filter, List<Stmt> body, Frame frame, int line) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      VariableScope inner = new VariableScope(in.scope(), frame);
      Capture capture = in.capture(inner, body);
      if (capture.flow() == Flow.NEXT) {
        in.at(line);
        in.emit(in.str(in.filterCaptured(inner, capture.text(), filter)));
      }
      return capture.flow();
    }
  }

  /** {@code {% macro %}}. */
  record MacroDefinition(String name, Macro.Code code) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      in.scope().set(name, new Macro(code, in.scope()));
      return Flow.NEXT;
    }
  }

  /** {@code {% call %}}. */
  record CallBlock(Macro.Code caller, Expr.Call call) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      in.at(call.line());
      Object result = call.evalWithCaller(in, new Macro(caller, in.scope()));
      in.at(call.line());
      in.emit(in.str(result));
      return Flow.NEXT;
    }
  }

  /** {@code {% with %}}. */
  record With(List<Target> targets, List<Expr> values, List<Stmt> body, Frame frame)
      implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      VariableScope inner = new VariableScope(in.scope(), frame);
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).assign(in, inner, in.eval(values.get(i)));
      }
      return in.runIn(inner, body);
    }
  }

  /** {@code {% block %}}: sees the names of the template, of what is around it only if scoped. */
  record Block(String name, boolean scoped, List<Stmt> body, Frame frame, int line)
      implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      VariableScope around = in.scope();
      return in.runIn(new VariableScope(scoped ? around : around.root(), frame), body);
    }
  }

  /** {@code {% generation %}}: text the assistant wrote; a macro called where it stands. */
  record Generation(Macro.Code code, int line) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      String text = in.str(in.call(new Macro(code, in.scope()), CallArguments.NONE));
      in.mark(line, text);
      in.emit(text);
      return Flow.NEXT;
    }
  }

  /** A part with names of its own. */
  record Nested(List<Stmt> body, Frame frame) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      return in.runIn(new VariableScope(in.scope(), frame), body);
    }
  }

  /** {@code {% break %}} and {@code {% continue %}}. */
  record Jump(Flow flow) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      return flow;
    }
  }

  /** A tag that would open a file. */
  record Refused(String tag, int line) implements Stmt {
    @Override
    public Flow run(Interpreter in) {
      in.at(line);
      throw PyError.security(
          "{% " + tag + " %} is refused: a chat template is one text and may open no file");
    }
  }
}
