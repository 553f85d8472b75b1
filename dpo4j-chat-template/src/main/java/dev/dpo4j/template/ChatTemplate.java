/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import dev.dpo4j.template.parse.Parser;
import dev.dpo4j.template.run.Interpreter;
import dev.dpo4j.template.run.Output;
import dev.dpo4j.template.run.ParsedTemplate;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.TemplateError;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import java.math.BigInteger;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat template, compiled once and rendered for many conversations: the text is equal to the byte
 * to what transformers renders with jinja2.
 *
 * <p>The template is a sandbox: no reflection, no files, no changes to the values it is given, and
 * bounds on output, steps and recursion. An instance has no state and may be used by many threads.
 */
public final class ChatTemplate {
  private static final int MAX_NESTING = 200;

  private final ParsedTemplate parsed;
  private final Clock clock;

  private ChatTemplate(ParsedTemplate parsed, Clock clock) {
    this.parsed = parsed;
    this.clock = clock;
  }

  /**
   * Compiles a template; {@code strftime_now} reads the system clock.
   *
   * @throws TemplateException with the line, when the source is not a template
   */
  public static ChatTemplate compile(String source) {
    return compile(source, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * Compiles a template that tells the time by the given clock.
   *
   * @throws TemplateException with the line, when the source is not a template
   */
  public static ChatTemplate compile(String source, Clock clock) {
    try {
      return new ChatTemplate(Parser.parse(source), clock);
    } catch (TemplateError e) {
      throw told(e);
    } catch (StackOverflowError e) {
      // The parser counts its depth; this is for threads with a stack smaller than usual.
      throw new TemplateException(1, "the template nests too deeply for this thread's stack", e);
    }
  }

  /**
   * Renders one conversation.
   *
   * @param variables what the template sees: {@code messages}, {@code tools}, {@code
   *     add_generation_prompt}, special tokens and more; values are null, Boolean, Integer, Long,
   *     BigInteger, Float, Double, String, List and Map of these. As in transformers, a variable
   *     that is not in the map is undefined, one that is null is None
   * @throws TemplateException with the line, when the template fails or calls {@code
   *     raise_exception}
   * @throws IllegalArgumentException when a value is of another type
   */
  public Rendered render(Map<String, ?> variables) {
    Map<String, Object> values = new HashMap<>();
    for (Map.Entry<String, ?> entry : variables.entrySet()) {
      values.put(entry.getKey(), convert(entry.getValue(), entry.getKey(), 0));
    }
    Interpreter in = new Interpreter(values, parsed, clock);
    try {
      in.run(parsed.body());
      return rendered(in.finish());
    } catch (TemplateError e) {
      throw told(e);
    } catch (PyError e) {
      throw new TemplateException(in.line(), e.text(), e);
    } catch (StackOverflowError | OutOfMemoryError e) {
      // The budget ends hostile templates long before; this is for tiny stacks and heaps.
      throw new TemplateException(
          in.line(), "the template needs more stack or memory than there is", e);
    }
  }

  private static TemplateException told(TemplateError e) {
    return new TemplateException(e.line(), e.reason(), e);
  }

  private static Rendered rendered(Output output) {
    List<Span> spans =
        output.marked().stream().map(part -> new Span(part.start(), part.end())).toList();
    TemplateError lost = output.lost();
    return new Rendered(output.text(), spans, lost == null ? null : told(lost));
  }

  private static Object convert(@Nullable Object value, String where, int depth) {
    if (depth > MAX_NESTING) {
      throw new IllegalArgumentException(
          "the variable '" + where + "' is nested deeper than " + MAX_NESTING + " levels");
    }
    if (value == null) {
      return None.NONE;
    } else if (value instanceof String
        || value instanceof Long
        || value instanceof Boolean
        || value instanceof Double) {
      return value;
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Float number) {
      return number.doubleValue();
    } else if (value instanceof BigInteger big) {
      return Numbers.shrink(big);
    } else if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(convert(item, where, depth + 1));
      }
      return new PyList(items);
    } else if (value instanceof Map<?, ?> map) {
      PyDict dict = new PyDict();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        dict.put(
            convert(entry.getKey(), where, depth + 1), convert(entry.getValue(), where, depth + 1));
      }
      return dict;
    }
    throw new IllegalArgumentException(
        "the variable '"
            + where
            + "' holds a "
            + value.getClass().getName()
            + "; a template takes null, Boolean, Integer, Long, Double, String, List and Map");
  }
}
