/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of one frame of a template, known before it runs. jinja2 decides while compiling that a
 * name which a frame first sets, and which no frame around it speaks of, is unset until then: it
 * hides a variable of the same name that the template was rendered with.
 *
 * <p>{@code {% for m in messages %}{{ x }}{% endfor %}{% set x = 1 %}} prints nothing in the loop,
 * whatever x was given; {@code {{ x }}{% set x = 1 %}} prints what was given.
 */
public final class Frame {

  /** How a name is met in a frame, in the order of the source. */
  private sealed interface Event {}

  private record Read(String name) implements Event {}

  private record Write(String name) implements Event {}

  private record Parameter(String name) implements Event {}

  /** Parts of which one runs: the bodies of an if. */
  private record Branches(List<List<Event>> parts) implements Event {}

  /** What a name holds when its frame begins. */
  private enum Begin {
    GIVEN,
    OUTER,
    UNSET,
    VARIABLE
  }

  private final @Nullable Frame outer;
  private final List<Frame> inner = new ArrayList<>();
  private final Deque<List<Event>> lists = new ArrayDeque<>();
  private Symbols symbols = new Symbols(Map.of(), Set.of());
  private Set<String> unset = Set.of();

  private Frame(@Nullable Frame outer) {
    this.outer = outer;
    lists.push(new ArrayList<>());
  }

  public static Frame root() {
    return new Frame(null);
  }

  /** A frame inside this one. */
  public Frame open() {
    Frame frame = new Frame(this);
    inner.add(frame);
    return frame;
  }

  /** A frame that stands in this one but sees nothing of it: a block. */
  public Frame openIsolated() {
    Frame frame = new Frame(null);
    inner.add(frame);
    return frame;
  }

  // ---- recording

  private void add(Event event) {
    lists.element().add(event);
  }

  public void read(String name) {
    add(new Read(name));
  }

  public void write(Target target) {
    write(target, false);
  }

  public void write(String name) {
    add(new Write(name));
  }

  public void parameter(Target target) {
    write(target, true);
  }

  public void parameter(String name) {
    add(new Parameter(name));
  }

  private void write(Target target, boolean parameter) {
    if (target instanceof Target.Name name) {
      add(parameter ? new Parameter(name.name()) : new Write(name.name()));
    } else if (target instanceof Target.Member member) {
      read(member.name());
    } else if (target instanceof Target.Unpack unpack) {
      unpack.parts().forEach(part -> write(part, parameter));
    }
  }

  /** Begins a part that may not run. */
  public void beginBranch() {
    lists.push(new ArrayList<>());
  }

  /** Ends it; what it recorded is given to {@link #endBranches}. */
  public Branch endBranch() {
    return new Branch(lists.pop());
  }

  /** Notes parts of which one runs. */
  public void endBranches(List<Branch> branches) {
    List<List<Event>> parts = new ArrayList<>();
    branches.forEach(branch -> parts.add(branch.events));
    add(new Branches(parts));
  }

  /** A recorded part. */
  public static final class Branch {
    private final List<Event> events;

    private Branch(List<Event> events) {
      this.events = events;
    }
  }

  // ---- deciding

  /** Decides for this frame and all inside it; called once, when everything is recorded. */
  public void resolve() {
    Symbols all = new Symbols(new HashMap<>(), new HashSet<>());
    visit(lists.element(), all);
    symbols = all;
    unset = new HashSet<>();
    all.names.forEach(
        (name, begin) -> {
          if (begin == Begin.UNSET) {
            unset.add(name);
          }
        });
    inner.forEach(Frame::resolve);
  }

  /** The names that are unset when the frame begins. */
  Set<String> unset() {
    return unset;
  }

  private record Symbols(Map<String, Begin> names, Set<String> written) {

    Symbols copy() {
      return new Symbols(new HashMap<>(names), new HashSet<>(written));
    }
  }

  private boolean knownOutside(String name) {
    for (Frame frame = outer; frame != null; frame = frame.outer) {
      if (frame.symbols.names.containsKey(name)) {
        return true;
      }
    }
    return false;
  }

  private void visit(List<Event> events, Symbols all) {
    for (Event event : events) {
      if (event instanceof Read read) {
        if (!all.names.containsKey(read.name) && !knownOutside(read.name)) {
          all.names.put(read.name, Begin.VARIABLE);
        }
      } else if (event instanceof Write write) {
        all.written.add(write.name);
        all.names.putIfAbsent(write.name, knownOutside(write.name) ? Begin.OUTER : Begin.UNSET);
      } else if (event instanceof Parameter parameter) {
        all.written.add(parameter.name);
        all.names.put(parameter.name, Begin.GIVEN);
      } else if (event instanceof Branches branches) {
        visit(branches, all);
      }
    }
  }

  /** What only a branch writes may come from outside where the branch does not run. */
  private void visit(Branches branches, Symbols all) {
    List<Symbols> parts = new ArrayList<>();
    for (List<Event> part : branches.parts) {
      Symbols copy = all.copy();
      visit(part, copy);
      parts.add(copy);
    }
    Set<String> fresh = new HashSet<>();
    parts.forEach(part -> fresh.addAll(part.written));
    fresh.removeAll(all.written);
    for (Symbols part : parts) {
      all.names.putAll(part.names);
      all.written.addAll(part.written);
    }
    for (String name : fresh) {
      all.names.put(name, knownOutside(name) ? Begin.OUTER : Begin.VARIABLE);
    }
  }
}
