/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.run.Frame;
import dev.dpo4j.template.text.TemplateError;
import java.util.ArrayList;
import java.util.List;

/** What parsing a template keeps in mind: names met, unknown filters and tests, nesting. */
final class ParseState {
  private static final int MAX_NESTING = 250;

  private final TokenStream tokens;
  private final List<TemplateError> unknown = new ArrayList<>();
  private NameUse names = new NameUse(null);
  private Frame frame = Frame.root();
  private boolean tolerant;
  private int nesting;

  ParseState(TokenStream tokens) {
    this.tokens = tokens;
  }

  // ---- names

  /** Begins to note which names are read. */
  NameUse pushNames() {
    names = new NameUse(names);
    return names;
  }

  void popNames() {
    NameUse outer = names.outer();
    names = outer == null ? names : outer;
  }

  void read(String name) {
    names.read(name);
    frame.read(name);
  }

  void write(String name) {
    names.write(name);
  }

  /** The frame whose names are being read. */
  Frame frame() {
    return frame;
  }

  /** Goes on in another frame. */
  void enterFrame(Frame other) {
    frame = other;
  }

  // ---- unknown filters and tests

  /**
   * Inside of an if, an unknown filter or test is an error only when it is reached; anywhere else
   * it is one at once. Gives the value before.
   */
  boolean tolerate(boolean value) {
    boolean before = tolerant;
    tolerant = value;
    return before;
  }

  void reject(int line, String message) {
    if (!tolerant) {
      unknown.add(new TemplateError(line, message));
    }
  }

  int rejected() {
    return unknown.size();
  }

  /** Takes back what was rejected since: it stands in an inline if. */
  void forgive(int since) {
    unknown.subList(since, unknown.size()).clear();
  }

  /** Raises the first unknown filter or test that is an error at once. */
  void finish() {
    if (!unknown.isEmpty()) {
      throw unknown.get(0);
    }
  }

  // ---- nesting

  /** Counts nested expressions and blocks, so that no template overflows the parser's stack. */
  void enter() {
    if (++nesting > MAX_NESTING) {
      throw tokens.fail("maximum recursion depth exceeded: nested deeper than " + MAX_NESTING);
    }
  }

  void leave() {
    nesting--;
  }
}
