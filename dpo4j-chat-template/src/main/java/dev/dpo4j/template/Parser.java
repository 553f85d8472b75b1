/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

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
final class Parser {

  /** A template ready to render: its statements and its blocks by name. */
  record Parsed(List<Stmt> body, Map<String, Stmt.Block> blocks) {}

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final Map<String, Stmt.Block> blocks = new LinkedHashMap<>();
  private final Deque<String> openTags = new ArrayDeque<>();
  private int loops;
  private int namedLoops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  static Parsed parse(String source) {
    try {
      Parser parser = new Parser(new TokenStream(Lexer.tokenize(source)));
      List<Stmt> body = parser.body(Set.of());
      parser.expressions.finish();
      return new Parsed(body, parser.blocks);
    } catch (PyError e) {
      throw new TemplateException(1, e.text(), e);
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
    expressions.enter();
    into.addAll(body(Set.of(ends)));
    expressions.leave();
    return tokens.next().text();
  }

  private List<Stmt> block(String end) {
    List<Stmt> body = new ArrayList<>();
    block(body, end);
    return body;
  }

  /** A body that is a frame of its own: what an if around it tolerates ends here. */
  private List<Stmt> frame(String end) {
    boolean tolerant = expressions.tolerate(false);
    List<Stmt> body = block(end);
    expressions.tolerate(tolerant);
    return body;
  }

  /** A body that runs as a function: no break or continue leads out of it. */
  private List<Stmt> function(String end) {
    int outerLoops = loops;
    loops = 0;
    List<Stmt> body = frame(end);
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
      case "generation" -> new Stmt.Generation(function("endgeneration"), line);
      case "break" -> jump(Interpreter.Flow.BREAK, line);
      case "continue" -> jump(Interpreter.Flow.CONTINUE, line);
      case "autoescape" -> autoescape(line);
      case "include", "import", "from", "extends" -> refused(tag);
      default -> throw unknownTag(tag);
    };
  }

  private TemplateException unknownTag(Token tag) {
    openTags.pop();
    String open = openTags.peek();
    return new TemplateException(
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
      throw new TemplateException(line, "'" + name + "' outside loop");
    }
    return new Stmt.Jump(flow);
  }

  private Stmt conditional() {
    boolean tolerant = expressions.tolerate(true);
    List<Stmt.Branch> branches = new ArrayList<>();
    List<Stmt> otherwise = new ArrayList<>();
    String end;
    do {
      Expr test = expressions.tuple(false, false);
      List<Stmt> body = new ArrayList<>();
      end = block(body, "elif", "else", "endif");
      branches.add(new Stmt.Branch(test, body));
    } while (end.equals("elif"));
    if (end.equals("else")) {
      block(otherwise, "endif");
    }
    expressions.tolerate(tolerant);
    return new Stmt.If(branches, otherwise);
  }

  private Stmt forLoop(int line) {
    namedLoops++;
    Target target = target(false);
    tokens.expectName("in");
    Expr items = expressions.tuple(false, false);
    boolean tolerant = expressions.tolerate(false);
    Expr test = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    List<Stmt> body = new ArrayList<>();
    List<Stmt> otherwise = new ArrayList<>();
    int outerLoops = loops;
    loops++;
    String end = block(body, "endfor", "else");
    loops = recursive ? 0 : outerLoops;
    if (end.equals("else")) {
      block(otherwise, "endfor");
    }
    loops = outerLoops;
    expressions.tolerate(tolerant);
    namedLoops--;
    return new Stmt.For(target, items, test, recursive, body, otherwise, line);
  }

  private Stmt autoescape(int line) {
    Expr value = expressions.expression();
    if (!(value instanceof Expr.Const constant) || !Boolean.FALSE.equals(constant.value())) {
      throw new TemplateException(
          line, "autoescape is refused: a chat template writes plain text, not HTML");
    }
    return new Stmt.Nested(frame("endautoescape"));
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
    Target target = target(true);
    if (tokens.skipOperator("=")) {
      return new Stmt.Set(target, expressions.tuple(true, false), line);
    }
    boolean tolerant = expressions.tolerate(false);
    Expr filter = null;
    while (tokens.skipOperator("|")) {
      filter = expressions.filter(filter == null ? new Expr.Captured(line) : filter);
    }
    List<Stmt> body = block("endset");
    expressions.tolerate(tolerant);
    return new Stmt.SetBlock(target, filter, body, line);
  }

  private Stmt with() {
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!tokens.is(TokenType.BLOCK_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(target(false));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Stmt.With(targets, values, frame("endwith"));
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
    Stmt.Block block = new Stmt.Block(name, scoped, function("endblock"), line);
    tokens.skipName(name);
    if (blocks.put(name, block) != null) {
      throw new TemplateException(line, "block '" + name + "' defined twice");
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
      throw new TemplateException(line, "can't assign to 'const'");
    }
    if (members && tokens.skipOperator(".")) {
      return new Target.Member(name, tokens.expect(TokenType.NAME).text(), line);
    }
    if (name.equals("loop") && namedLoops > 0) {
      throw new TemplateException(line, "Can't assign to special loop variable in for-loop target");
    }
    expressions.noteWrite(name);
    return new Target.Name(name, line);
  }

  // ---- macros

  private Stmt macro() {
    String name = tokens.expect(TokenType.NAME).text();
    expressions.noteWrite(name);
    List<Macro.Parameter> parameters = parameters();
    NameUse names = expressions.pushNames();
    List<Stmt> body = function("endmacro");
    expressions.popNames();
    return new Stmt.MacroDefinition(signature(name, parameters, names), body);
  }

  private Stmt call(int line) {
    List<Macro.Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Expr.Call call)) {
      throw new TemplateException(line, "expected call");
    }
    NameUse names = expressions.pushNames();
    List<Stmt> body = function("endcall");
    expressions.popNames();
    return new Stmt.CallBlock(signature("caller", parameters, names), call, body);
  }

  private static Macro.Signature signature(
      String name, List<Macro.Parameter> parameters, NameUse names) {
    Macro.Signature plain = new Macro.Signature(name, parameters, false, false, false);
    return new Macro.Signature(
        name,
        parameters,
        names.reads("varargs") && !plain.names("varargs"),
        names.reads("kwargs") && !plain.names("kwargs"),
        names.reads("caller"));
  }

  private List<Macro.Parameter> parameters() {
    tokens.expectOperator("(");
    List<Macro.Parameter> parameters = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    boolean defaults = false;
    while (!tokens.isOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      Token name = tokens.expect(TokenType.NAME);
      expressions.noteWrite(name.text());
      @Nullable Expr value = tokens.skipOperator("=") ? expressions.expression() : null;
      if (value == null && defaults) {
        throw tokens.fail("non-default argument follows default argument");
      }
      defaults |= value != null;
      if (!seen.add(name.text())) {
        throw new TemplateException(
            name.line(), "duplicate argument '" + name.text() + "' in function definition");
      }
      parameters.add(new Macro.Parameter(name.text(), value));
    }
    tokens.expectOperator(")");
    return parameters;
  }

  private Stmt filterBlock(int line) {
    boolean tolerant = expressions.tolerate(false);
    Expr filter = expressions.filter(new Expr.Captured(line));
    while (tokens.skipOperator("|")) {
      filter = expressions.filter(filter);
    }
    List<Stmt> body = block("endfilter");
    expressions.tolerate(tolerant);
    return new Stmt.FilterBlock(filter, body, line);
  }
}
