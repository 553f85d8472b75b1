/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.run.Expr;
import dev.dpo4j.template.run.Frame;
import dev.dpo4j.template.run.Interpreter;
import dev.dpo4j.template.run.Macro;
import dev.dpo4j.template.run.ParsedTemplate;
import dev.dpo4j.template.run.Stmt;
import dev.dpo4j.template.run.Target;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.TemplateError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the statements of a template. */
public final class Parser {

  private final TokenStream tokens;
  private final ParseState state;
  private final ExpressionParser expressions;
  private final Map<String, Stmt.Block> blocks = new LinkedHashMap<>();
  private final Deque<String> openTags = new ArrayDeque<>();
  private int loops;
  private int namedLoops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.state = new ParseState(tokens);
    this.expressions = new ExpressionParser(tokens, state);
  }

  public static ParsedTemplate parse(String source) {
    try {
      Parser parser = new Parser(new TokenStream(Lexer.tokenize(source)));
      List<Stmt> body = parser.body(Set.of());
      parser.state.finish();
      Frame frame = parser.state.frame();
      frame.resolve();
      return new ParsedTemplate(body, parser.blocks, frame);
    } catch (PyError e) {
      throw new TemplateError(1, e.text(), e);
    }
  }

  /** Reads up to one of the end tags, which stays the current token. */
  private List<Stmt> body(Set<String> ends) {
    List<Stmt> body = new ArrayList<>();
    List<Expr> output = new ArrayList<>();
    while (!tokens.is(TokenType.END)) {
      Token token = tokens.next();
      switch (token.type()) {
        case DATA -> output.add(new Expr.Data(token.text(), token.line()));
        case PRINT_BEGIN -> {
          output.add(expressions.tuple(true, false));
          tokens.expect(TokenType.PRINT_END);
        }
        case BLOCK_BEGIN -> {
          flush(output, body);
          if (tokens.is(TokenType.NAME) && ends.contains(tokens.current().text())) {
            return body;
          }
          body.add(statement());
          tokens.expect(TokenType.BLOCK_END);
        }
        default -> throw new IllegalStateException("token " + token);
      }
    }
    flush(output, body);
    if (!ends.isEmpty()) {
      throw tokens.fail("Unexpected end of template. " + lookingFor(ends));
    }
    return body;
  }

  private static void flush(List<Expr> output, List<Stmt> body) {
    if (!output.isEmpty()) {
      body.add(new Stmt.Output(List.copyOf(output)));
      output.clear();
    }
  }

  private String lookingFor(Set<String> ends) {
    String names = String.join("' or '", ends.stream().sorted().toList());
    return "Jinja was looking for the following tags: '"
        + names
        + "'. The innermost block that needs to be closed is '"
        + openTags.peek()
        + "'.";
  }

  /** The end of a tag, then its body up to one of the end tags, which is read. */
  private String block(List<Stmt> into, String... ends) {
    tokens.skipOperator(":");
    tokens.expect(TokenType.BLOCK_END);
    state.enter();
    into.addAll(body(Set.of(ends)));
    state.leave();
    return tokens.next().text();
  }

  private List<Stmt> block(String end) {
    List<Stmt> body = new ArrayList<>();
    block(body, end);
    return body;
  }

  /** A body that is a frame of its own: what an if around it tolerates ends here. */
  private List<Stmt> framed(Frame frame, String end) {
    Frame outer = state.frame();
    boolean tolerant = state.tolerate(false);
    state.enterFrame(frame);
    List<Stmt> body = block(end);
    state.enterFrame(outer);
    state.tolerate(tolerant);
    return body;
  }

  /** A body that runs as a function: no break or continue leads out of it. */
  private List<Stmt> function(Frame frame, String end) {
    int outerLoops = loops;
    loops = 0;
    List<Stmt> body = framed(frame, end);
    loops = outerLoops;
    return body;
  }

  private Stmt statement() {
    Token tag = tokens.current();
    if (tag.type() != TokenType.NAME) {
      throw tokens.fail("tag name expected");
    }
    openTags.push(tag.text());
    tokens.next();
    Stmt statement = statement(tag);
    openTags.pop();
    return statement;
  }

  private Stmt statement(Token tag) {
    int line = tag.line();
    return switch (tag.text()) {
      case "for" -> forLoop(line);
      case "if" -> conditional();
      case "set" -> set(line);
      case "macro" -> macro();
      case "call" -> call(line);
      case "filter" -> filterBlock(line);
      case "with" -> with();
      case "block" -> namedBlock(line);
      case "print" -> print();
      case "generation" ->
          new Stmt.Generation(code("", List.of(), state.frame().open(), "endgeneration"), line);
      case "break" -> jump(Interpreter.Flow.BREAK, line);
      case "continue" -> jump(Interpreter.Flow.CONTINUE, line);
      case "autoescape" -> autoescape(line);
      case "include", "import", "from", "extends" -> refused(tag);
      default -> throw unknownTag(tag);
    };
  }

  private TemplateError unknownTag(Token tag) {
    openTags.pop();
    String open = openTags.peek();
    return new TemplateError(
        tag.line(),
        "Encountered unknown tag '"
            + tag.text()
            + "'."
            + (open == null
                ? ""
                : " The innermost block that needs to be closed is '" + open + "'."));
  }

  // ---- control

  private Stmt jump(Interpreter.Flow flow, int line) {
    if (loops == 0) {
      String name = flow == Interpreter.Flow.BREAK ? "break" : "continue";
      throw new TemplateError(line, "'" + name + "' outside loop");
    }
    return new Stmt.Jump(flow);
  }

  private Stmt conditional() {
    boolean tolerant = state.tolerate(true);
    Frame frame = state.frame();
    List<Stmt.Branch> branches = new ArrayList<>();
    List<Stmt> otherwise = new ArrayList<>();
    String end = branch(branches);
    Frame.Branch first = frame.endBranch();
    frame.beginBranch();
    while (end.equals("elif")) {
      end = branch(branches);
      frame.endBranches(List.of(frame.endBranch()));
    }
    Frame.Branch middle = frame.endBranch();
    frame.beginBranch();
    if (end.equals("else")) {
      block(otherwise, "endif");
    }
    frame.endBranches(List.of(first, middle, frame.endBranch()));
    state.tolerate(tolerant);
    return new Stmt.If(branches, otherwise);
  }

  /** A condition and its body, whose names are left to be ended as a branch; gives the end tag. */
  private String branch(List<Stmt.Branch> branches) {
    Expr test = expressions.tuple(false, false);
    state.frame().beginBranch();
    List<Stmt> body = new ArrayList<>();
    String end = block(body, "elif", "else", "endif");
    branches.add(new Stmt.Branch(test, body));
    return end;
  }

  private Stmt forLoop(int line) {
    namedLoops++;
    Frame frame = state.frame();
    Target target = target(false);
    tokens.expectName("in");
    Expr items = expressions.tuple(false, false);
    boolean tolerant = state.tolerate(false);
    Stmt.ForFrames frames = new Stmt.ForFrames(frame.open(), frame.open(), frame.open());
    state.enterFrame(frames.test());
    frames.test().parameter(target);
    Expr test = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    state.enterFrame(frames.body());
    frames.body().parameter(target);
    List<Stmt> body = new ArrayList<>();
    List<Stmt> otherwise = new ArrayList<>();
    int outerLoops = loops;
    loops++;
    String end = block(body, "endfor", "else");
    loops = recursive ? 0 : outerLoops;
    state.enterFrame(frames.otherwise());
    if (end.equals("else")) {
      block(otherwise, "endfor");
    }
    loops = outerLoops;
    state.enterFrame(frame);
    state.tolerate(tolerant);
    namedLoops--;
    return new Stmt.For(target, items, test, recursive, body, otherwise, frames, line);
  }

  private Stmt autoescape(int line) {
    Expr value = expressions.expression();
    if (!(value instanceof Expr.Const constant) || !Boolean.FALSE.equals(constant.value())) {
      throw new TemplateError(
          line, "autoescape is refused: a chat template writes plain text, not HTML");
    }
    Frame frame = state.frame().open();
    return new Stmt.Nested(framed(frame, "endautoescape"), frame);
  }

  private Stmt refused(Token tag) {
    // Parsed only to its end: it is an error when it runs, as in an environment without a loader.
    while (!tokens.is(TokenType.BLOCK_END) && !tokens.is(TokenType.END)) {
      tokens.next();
    }
    return new Stmt.Refused(tag.text(), tag.line());
  }

  // ---- names

  private Stmt set(int line) {
    Frame outer = state.frame();
    Target target = target(true);
    if (tokens.skipOperator("=")) {
      Expr value = expressions.tuple(true, false);
      outer.write(target);
      return new Stmt.Set(target, value, line);
    }
    outer.write(target);
    Frame frame = outer.open();
    state.enterFrame(frame);
    boolean tolerant = state.tolerate(false);
    Expr filter = tokens.skipOperator("|") ? filters(line) : null;
    List<Stmt> body = block("endset");
    state.tolerate(tolerant);
    state.enterFrame(outer);
    return new Stmt.SetBlock(target, filter, body, frame, line);
  }

  private Expr filters(int line) {
    Expr filter = expressions.filter(new Expr.Captured(line));
    while (tokens.skipOperator("|")) {
      filter = expressions.filter(filter);
    }
    return filter;
  }

  private Stmt filterBlock(int line) {
    Frame frame = state.frame().open();
    boolean tolerant = state.tolerate(false);
    Expr filter = filters(line);
    state.tolerate(tolerant);
    return new Stmt.FilterBlock(filter, framed(frame, "endfilter"), frame, line);
  }

  private Stmt with() {
    Frame frame = state.frame().open();
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!tokens.is(TokenType.BLOCK_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      Target target = target(false);
      targets.add(target);
      frame.parameter(target);
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Stmt.With(targets, values, framed(frame, "endwith"), frame);
  }

  private Stmt namedBlock(int line) {
    String name = tokens.expect(TokenType.NAME).text();
    boolean scoped = tokens.skipName("scoped");
    tokens.skipName("required");
    if (tokens.isOperator("-")) {
      throw tokens.fail(
          "Block names in Jinja have to be valid Python identifiers and may not contain hyphens,"
              + " use an underscore instead.");
    }
    Frame outer = state.frame();
    Frame frame = scoped ? outer.open() : outer.openIsolated();
    Stmt.Block block = new Stmt.Block(name, scoped, function(frame, "endblock"), frame, line);
    tokens.skipName(name);
    if (blocks.put(name, block) != null) {
      throw new TemplateError(line, "block '" + name + "' defined twice");
    }
    return block;
  }

  private Stmt print() {
    List<Expr> parts = new ArrayList<>();
    while (!tokens.is(TokenType.BLOCK_END)) {
      if (!parts.isEmpty()) {
        tokens.expectOperator(",");
      }
      parts.add(expressions.expression());
    }
    return new Stmt.Output(parts);
  }

  /** Names, tuples of them, or, where {@code members} says so, namespace attributes. */
  private Target target(boolean members) {
    int line = tokens.line();
    List<Target> parts = new ArrayList<>();
    boolean isTuple = false;
    do {
      if (tokens.is(TokenType.BLOCK_END) || tokens.isName("in") || tokens.isOperator("=")) {
        break;
      }
      parts.add(targetPart(members));
      isTuple |= tokens.isOperator(",");
    } while (tokens.skipOperator(","));
    if (parts.isEmpty()) {
      throw tokens.fail("Expected an expression, got '" + tokens.current().describe() + "'");
    }
    return isTuple ? new Target.Unpack(parts, line) : parts.get(0);
  }

  private Target targetPart(boolean members) {
    int line = tokens.line();
    if (tokens.skipOperator("(")) {
      List<Target> parts = new ArrayList<>();
      boolean isTuple = false;
      while (!tokens.isOperator(")")) {
        parts.add(targetPart(false));
        if (!tokens.skipOperator(",")) {
          break;
        }
        isTuple = true;
      }
      tokens.expectOperator(")");
      return isTuple || parts.isEmpty() ? new Target.Unpack(parts, line) : parts.get(0);
    }
    if (!tokens.is(TokenType.NAME)) {
      throw tokens.fail("can't assign to '" + tokens.current().describe() + "'");
    }
    String name = tokens.next().text();
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
      throw new TemplateError(line, "can't assign to 'const'");
    }
    if (members && tokens.skipOperator(".")) {
      return new Target.Member(name, tokens.expect(TokenType.NAME).text(), line);
    }
    if (name.equals("loop") && namedLoops > 0) {
      throw new TemplateError(line, "Can't assign to special loop variable in for-loop target");
    }
    state.write(name);
    return new Target.Name(name, line);
  }

  // ---- macros

  private Stmt macro() {
    String name = tokens.expect(TokenType.NAME).text();
    state.write(name);
    state.frame().write(name);
    Frame frame = state.frame().open();
    return new Stmt.MacroDefinition(name, code(name, parameters(frame), frame, "endmacro"));
  }

  private Stmt call(int line) {
    Frame frame = state.frame().open();
    List<Macro.Parameter> parameters = tokens.isOperator("(") ? parameters(frame) : List.of();
    if (!(expressions.expression() instanceof Expr.Call call)) {
      throw new TemplateError(line, "expected call");
    }
    return new Stmt.CallBlock(code("", parameters, frame, "endcall"), call);
  }

  /** The body of a macro, and which of the special names it speaks of. */
  private Macro.Code code(String name, List<Macro.Parameter> parameters, Frame frame, String end) {
    NameUse names = state.pushNames();
    List<Stmt> body = function(frame, end);
    state.popNames();
    Macro.Signature plain = new Macro.Signature(parameters, false, false, false);
    Macro.Signature signature =
        new Macro.Signature(
            parameters,
            names.reads("varargs") && !plain.names("varargs"),
            names.reads("kwargs") && !plain.names("kwargs"),
            names.reads("caller"));
    return new Macro.Code(name, signature, body, frame);
  }

  private List<Macro.Parameter> parameters(Frame frame) {
    Frame outer = state.frame();
    state.enterFrame(frame);
    tokens.expectOperator("(");
    List<Macro.Parameter> parameters = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    boolean defaults = false;
    while (!tokens.isOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      Token name = tokens.expect(TokenType.NAME);
      state.write(name.text());
      frame.parameter(name.text());
      @Nullable Expr value = tokens.skipOperator("=") ? expressions.expression() : null;
      if (value == null && defaults) {
        throw tokens.fail("non-default argument follows default argument");
      }
      defaults |= value != null;
      if (!seen.add(name.text())) {
        throw new TemplateError(
            name.line(), "duplicate argument '" + name.text() + "' in function definition");
      }
      parameters.add(new Macro.Parameter(name.text(), value));
    }
    tokens.expectOperator(")");
    state.enterFrame(outer);
    return parameters;
  }
}
