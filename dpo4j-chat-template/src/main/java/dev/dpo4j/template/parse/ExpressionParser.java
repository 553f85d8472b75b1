/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.filter.Filters;
import dev.dpo4j.template.filter.Tests;
import dev.dpo4j.template.run.ArgumentExpressions;
import dev.dpo4j.template.run.Expr;
import dev.dpo4j.template.text.TemplateError;
import dev.dpo4j.template.value.None;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions with jinja2's precedences, quirks included ({@code -1 ** 2} is 1). */
final class ExpressionParser {
  private static final Set<String> ORDER = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final ParseState state;

  ExpressionParser(TokenStream tokens, ParseState state) {
    this.tokens = tokens;
    this.state = state;
  }

  Expr expression() {
    state.enter();
    try {
      return conditional();
    } finally {
      state.leave();
    }
  }

  /** An expression that may not be {@code a if b}: what a for and an if take. */
  Expr withoutConditional() {
    state.enter();
    try {
      return or();
    } finally {
      state.leave();
    }
  }

  private Expr conditional() {
    int line = tokens.line();
    int rejected = state.rejected();
    Expr value = or();
    while (tokens.skipName("if")) {
      Expr test = or();
      Expr otherwise = tokens.skipName("else") ? expression() : null;
      value = new Expr.Conditional(test, value, otherwise, line);
      state.forgive(rejected);
      line = tokens.line();
    }
    return value;
  }

  private Expr or() {
    int line = tokens.line();
    Expr left = and();
    while (tokens.skipName("or")) {
      left = new Expr.Or(left, and(), line);
      line = tokens.line();
    }
    return left;
  }

  private Expr and() {
    int line = tokens.line();
    Expr left = not();
    while (tokens.skipName("and")) {
      left = new Expr.And(left, not(), line);
      line = tokens.line();
    }
    return left;
  }

  private Expr not() {
    if (!tokens.isName("not")) {
      return compare();
    }
    int line = tokens.next().line();
    state.enter();
    try {
      return new Expr.Not(not(), line);
    } finally {
      state.leave();
    }
  }

  private Expr compare() {
    int line = tokens.line();
    Expr first = sum();
    List<Expr.Comparison> rest = new ArrayList<>();
    while (true) {
      String operator = comparison();
      if (operator == null) {
        break;
      }
      rest.add(new Expr.Comparison(operator, sum()));
    }
    return rest.isEmpty() ? first : new Expr.Compare(first, rest, line);
  }

  private @Nullable String comparison() {
    Token token = tokens.current();
    if (token.type() == TokenType.OPERATOR && ORDER.contains(token.text())) {
      return tokens.next().text();
    }
    if (tokens.skipName("in")) {
      return "in";
    }
    if (tokens.isName("not") && tokens.look().isName("in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return null;
  }

  private Expr sum() {
    int line = tokens.line();
    Expr left = concat();
    while (tokens.isOperator("+") || tokens.isOperator("-")) {
      boolean add = tokens.next().text().equals("+");
      Expr.Operator operator = add ? Expr.Operator.ADD : Expr.Operator.SUBTRACT;
      left = new Expr.Binary(operator, left, concat(), line);
      line = tokens.line();
    }
    return left;
  }

  private Expr concat() {
    int line = tokens.line();
    List<Expr> parts = new ArrayList<>();
    do {
      parts.add(product());
    } while (tokens.skipOperator("~"));
    return parts.size() == 1 ? parts.get(0) : new Expr.Concat(parts, line);
  }

  private Expr product() {
    int line = tokens.line();
    Expr left = power();
    while (true) {
      Expr.Operator operator = tokens.is(TokenType.OPERATOR) ? factor(tokens.current()) : null;
      if (operator == null) {
        return left;
      }
      tokens.next();
      left = new Expr.Binary(operator, left, power(), line);
      line = tokens.line();
    }
  }

  private static Expr.@Nullable Operator factor(Token token) {
    return switch (token.text()) {
      case "*" -> Expr.Operator.MULTIPLY;
      case "/" -> Expr.Operator.DIVIDE;
      case "//" -> Expr.Operator.FLOOR_DIVIDE;
      case "%" -> Expr.Operator.MODULO;
      default -> null;
    };
  }

  private Expr power() {
    int line = tokens.line();
    Expr left = unary(true);
    while (tokens.skipOperator("**")) {
      left = new Expr.Binary(Expr.Operator.POWER, left, unary(true), line);
      line = tokens.line();
    }
    return left;
  }

  private Expr unary(boolean withFilters) {
    state.enter();
    try {
      int line = tokens.line();
      Expr value;
      if (tokens.skipOperator("-")) {
        value = new Expr.Sign(true, unary(false), line);
      } else if (tokens.skipOperator("+")) {
        value = new Expr.Sign(false, unary(false), line);
      } else {
        value = primary();
      }
      value = postfix(value);
      return withFilters ? filters(value) : value;
    } finally {
      state.leave();
    }
  }

  Expr primary() {
    Token token = tokens.current();
    switch (token.type()) {
      case NAME -> {
        return name(tokens.next());
      }
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (tokens.is(TokenType.STRING)) {
          text.append(tokens.next().value());
        }
        return new Expr.Const(text.toString(), token.line());
      }
      case INTEGER, FLOAT -> {
        return new Expr.Const(tokens.next().value(), token.line());
      }
      default -> {
        return bracketed(token);
      }
    }
  }

  private Expr name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expr.Const(true, token.line());
      case "false", "False" -> new Expr.Const(false, token.line());
      case "none", "None" -> new Expr.Const(None.NONE, token.line());
      default -> {
        state.read(token.text());
        yield new Expr.Name(token.text(), token.line());
      }
    };
  }

  private Expr bracketed(Token token) {
    if (tokens.skipOperator("(")) {
      Expr inner = tuple(true, true);
      tokens.expectOperator(")");
      return inner;
    }
    if (tokens.skipOperator("[")) {
      List<Expr> items = new ArrayList<>();
      while (!tokens.isOperator("]")) {
        items.add(expression());
        if (!tokens.isOperator("]")) {
          tokens.expectOperator(",");
        }
      }
      tokens.expectOperator("]");
      return new Expr.ListLiteral(items, token.line());
    }
    if (tokens.skipOperator("{")) {
      return dict(token.line());
    }
    throw tokens.fail("unexpected '" + token.describe() + "'");
  }

  private Expr dict(int line) {
    List<Expr.Pair> pairs = new ArrayList<>();
    while (!tokens.isOperator("}")) {
      Expr key = expression();
      tokens.expectOperator(":");
      pairs.add(new Expr.Pair(key, expression()));
      if (!tokens.isOperator("}")) {
        tokens.expectOperator(",");
      }
    }
    tokens.expectOperator("}");
    return new Expr.DictLiteral(pairs, line);
  }

  /**
   * One expression, or several with commas as a tuple.
   *
   * @param conditional whether {@code a if b} may stand in it
   * @param parentheses whether it stands in parentheses, where an empty tuple is allowed
   */
  Expr tuple(boolean conditional, boolean parentheses) {
    int line = tokens.line();
    List<Expr> items = new ArrayList<>();
    boolean isTuple = false;
    while (!atTupleEnd()) {
      items.add(conditional ? expression() : withoutConditional());
      if (!tokens.isOperator(",")) {
        break;
      }
      isTuple = true;
      line = tokens.next().line();
    }
    if (!isTuple && !items.isEmpty()) {
      return items.get(0);
    }
    if (!isTuple && !parentheses) {
      throw tokens.fail("Expected an expression, got '" + tokens.current().describe() + "'");
    }
    return new Expr.TupleLiteral(items, line);
  }

  private boolean atTupleEnd() {
    return tokens.is(TokenType.PRINT_END)
        || tokens.is(TokenType.BLOCK_END)
        || tokens.isOperator(")");
  }

  // ---- what follows a value

  Expr postfix(Expr value) {
    Expr result = value;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator(".")) {
        result = member(result, line);
      } else if (tokens.skipOperator("[")) {
        result = subscript(result, line);
      } else if (tokens.isOperator("(")) {
        result = new Expr.Call(result, arguments(), line);
      } else {
        return result;
      }
    }
  }

  private Expr filters(Expr value) {
    Expr result = value;
    while (true) {
      int line = tokens.line();
      if (tokens.skipOperator("|")) {
        result = filter(result);
      } else if (tokens.isName("is")) {
        result = test(result);
      } else if (tokens.isOperator("(")) {
        result = new Expr.Call(result, arguments(), line);
      } else {
        return result;
      }
    }
  }

  private Expr member(Expr target, int line) {
    Token token = tokens.next();
    return switch (token.type()) {
      case NAME -> new Expr.Attribute(target, token.text(), line);
      case INTEGER -> new Expr.Item(target, new Expr.Const(token.value(), token.line()), line);
      default -> throw new TemplateError(token.line(), "expected name or number");
    };
  }

  private Expr subscript(Expr target, int line) {
    List<Expr> keys = new ArrayList<>();
    boolean sliced = false;
    Expr[] bounds = {none(line), none(line), none(line)};
    while (!tokens.isOperator("]")) {
      if (!keys.isEmpty() || sliced) {
        tokens.expectOperator(",");
      }
      if (!tokens.isOperator(":")) {
        keys.add(expression());
      }
      if (tokens.isOperator(":")) {
        if (sliced || keys.size() > 1) {
          throw tokens.fail("a slice cannot be part of a tuple");
        }
        sliced = true;
        bounds[0] = keys.isEmpty() ? bounds[0] : keys.remove(0);
        sliceBounds(bounds);
      }
    }
    tokens.expectOperator("]");
    if (sliced) {
      if (!keys.isEmpty()) {
        throw tokens.fail("a slice cannot be part of a tuple");
      }
      return new Expr.Slice(target, bounds[0], bounds[1], bounds[2], line);
    }
    return new Expr.Item(
        target, keys.size() == 1 ? keys.get(0) : new Expr.TupleLiteral(keys, line), line);
  }

  private void sliceBounds(Expr[] bounds) {
    tokens.expectOperator(":");
    if (!atSliceEnd()) {
      bounds[1] = expression();
    }
    if (tokens.skipOperator(":") && !atSliceEnd()) {
      bounds[2] = expression();
    }
  }

  private boolean atSliceEnd() {
    return tokens.isOperator(":") || tokens.isOperator("]") || tokens.isOperator(",");
  }

  private static Expr none(int line) {
    return new Expr.Const(None.NONE, line);
  }

  ArgumentExpressions arguments() {
    int line = tokens.line();
    tokens.expectOperator("(");
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    Expr star = null;
    Expr doubleStar = null;
    while (!tokens.isOperator(")")) {
      if (tokens.skipOperator("*")) {
        ensure(star == null && doubleStar == null, line);
        star = expression();
      } else if (tokens.skipOperator("**")) {
        ensure(doubleStar == null, line);
        doubleStar = expression();
      } else if (tokens.is(TokenType.NAME) && tokens.look().isOperator("=")) {
        ensure(doubleStar == null, line);
        keyword(named);
      } else {
        ensure(star == null && doubleStar == null && named.isEmpty(), line);
        positional.add(expression());
      }
      if (!tokens.isOperator(")")) {
        tokens.expectOperator(",");
      }
    }
    tokens.expectOperator(")");
    return new ArgumentExpressions(positional, named, star, doubleStar);
  }

  private void keyword(Map<String, Expr> named) {
    Token key = tokens.next();
    tokens.expectOperator("=");
    if (named.put(key.text(), expression()) != null) {
      throw new TemplateError(key.line(), "keyword argument repeated: " + key.text());
    }
  }

  private static void ensure(boolean valid, int line) {
    if (!valid) {
      throw new TemplateError(line, "invalid syntax for function call expression");
    }
  }

  /** A filter on a value, its name not yet read. */
  Expr filter(Expr value) {
    Token token = tokens.current();
    String name = dottedName();
    ArgumentExpressions arguments = tokens.isOperator("(") ? arguments() : ArgumentExpressions.NONE;
    if (!Filters.exists(name)) {
      state.reject(token.line(), "No filter named '" + name + "'.");
    }
    return new Expr.Filtered(value, name, arguments, token.line());
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(tokens.expect(TokenType.NAME).text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expect(TokenType.NAME).text());
    }
    return name.toString();
  }

  private Expr test(Expr value) {
    int line = tokens.next().line();
    boolean negated = tokens.skipName("not");
    String name = dottedName();
    ArgumentExpressions arguments = testArguments();
    if (!Tests.exists(name)) {
      state.reject(line, "No test named '" + name + "'.");
    }
    Expr test = new Expr.Tested(value, name, arguments, line);
    return negated ? new Expr.Not(test, line) : test;
  }

  /** A test takes arguments in parentheses, or one value without. */
  private ArgumentExpressions testArguments() {
    if (tokens.isOperator("(")) {
      return arguments();
    }
    boolean value =
        switch (tokens.current().type()) {
          case NAME, STRING, INTEGER, FLOAT -> true;
          default -> tokens.isOperator("[") || tokens.isOperator("{");
        };
    if (!value || tokens.isName("else") || tokens.isName("or") || tokens.isName("and")) {
      return ArgumentExpressions.NONE;
    }
    if (tokens.isName("is")) {
      throw tokens.fail("You cannot chain multiple tests with is");
    }
    return new ArgumentExpressions(List.of(postfix(primary())), Map.of(), null, null);
  }
}
