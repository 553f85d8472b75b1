/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.ChatContext;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.template.Rendered;
import dev.dpo4j.template.Span;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.Encoding;
import dev.dpo4j.tokenizer.Tokenizer;
import dev.dpo4j.tokenizer.TokenizerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tokenises rows as TRL does, before any truncation.
 *
 * <p>A conversation is rendered once with its answer and once up to the opening of the answer's
 * turn; a plain text gets the EOS token unless it ends with it, and the tokenizer's default special
 * tokens. The answer starts where the ids of the prompt and of the whole begin to differ: what is
 * left of the prompt there (after a merge across the boundary, or with a template that renders the
 * prompt alone differently) is not part of the sequence.
 */
public final class RowIds {
  /**
   * The ids of a prompt with its answers.
   *
   * @param prompt ids before the answers
   * @param answers ids of each answer
   * @param lost number of ids at the end of the prompt that are left out
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Split(int[] prompt, List<int[]> answers, int lost) {
    /** Cuts two sequences where they part; a token at least of each is its own. */
    static Split ofSequences(int[] one, int[] other) {
      int mismatch = Arrays.mismatch(one, other);
      int most = Math.max(0, Math.min(one.length, other.length) - 1);
      int shared = mismatch < 0 ? most : Math.min(mismatch, most);
      return new Split(
          Arrays.copyOf(one, shared),
          List.of(
              Arrays.copyOfRange(one, shared, one.length),
              Arrays.copyOfRange(other, shared, other.length)),
          0);
    }
  }

  /** The ids of a whole text, and which of them are learnt. */
  @SuppressWarnings("ArrayRecordComponent")
  record Whole(int[] ids, boolean[] scored) {}

  /** Marks of turns in the templates of most models. */
  private static final Pattern TURNS =
      Pattern.compile("<\\|[a-zA-Z_]+\\|>|\\[INST]|<start_of_turn>|<\uff5c[^\uff5c>]+\uff5c>");

  private final ChatTokenizer chat;
  private final Tokenizer tokenizer;
  private final OptionalInt eosId;

  RowIds(ChatTokenizer chat) {
    this.chat = chat;
    this.tokenizer = chat.tokenizer();
    Optional<String> eos = tokenizer.specialTokens().eos();
    this.eosId = eos.isEmpty() ? OptionalInt.empty() : tokenizer.tokenToId(eos.get());
  }

  /** Returns the place of the last EOS token, or -1 if there is none. */
  int lastEos(int[] ids) {
    int last = ids.length - 1;
    while (last >= 0 && (eosId.isEmpty() || ids[last] != eosId.getAsInt())) {
      last--;
    }
    return last;
  }

  /**
   * Whether a model that talks in turns gets a text without any: nobody has put it into the
   * template, here or before.
   */
  boolean lacksTemplate(String... parts) {
    return chat.hasTemplate() && Arrays.stream(parts).noneMatch(part -> TURNS.matcher(part).find());
  }

  public Split split(PreferencePair pair) {
    if (pair instanceof TextPair text) {
      return split(text.prompt(), List.of(text.chosen(), text.rejected()));
    }
    ChatPair messages = (ChatPair) pair;
    return split(
        messages.prompt(), List.of(messages.chosen(), messages.rejected()), messages.context());
  }

  public Split split(String prompt, List<String> answers) {
    int[] promptIds = tokenizer.encode(prompt, true);
    List<int[]> wholes = new ArrayList<>();
    for (String answer : answers) {
      wholes.add(tokenizer.encode(prompt + withEos(answer), true));
    }
    return split(promptIds, wholes);
  }

  public Split split(List<Message> prompt, List<List<Message>> answers, ChatContext context) {
    int[] promptIds = tokenizer.encode(render(prompt, context, true).text(), false);
    List<int[]> wholes = new ArrayList<>();
    for (List<Message> answer : answers) {
      wholes.add(tokenizer.encode(render(join(prompt, answer), context, false).text(), false));
    }
    return split(promptIds, wholes);
  }

  private static Split split(int[] prompt, List<int[]> wholes) {
    int length = prompt.length;
    for (int[] whole : wholes) {
      length = Math.min(length, commonPrefix(prompt, whole));
    }
    List<int[]> answers = new ArrayList<>();
    for (int[] whole : wholes) {
      answers.add(Arrays.copyOfRange(whole, length, whole.length));
    }
    return new Split(Arrays.copyOf(prompt, length), answers, prompt.length - length);
  }

  private static int commonPrefix(int[] a, int[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** Tokenises a whole plain text. */
  Whole whole(String text) {
    int[] ids = tokenizer.encode(withEos(text), true);
    boolean[] scored = new boolean[ids.length];
    Arrays.fill(scored, true);
    return new Whole(ids, scored);
  }

  /** Tokenises a whole conversation, and finds the tokens of the assistant if only they count. */
  Whole whole(List<Message> messages, ChatContext context, boolean assistantOnly) {
    Rendered rendered = render(messages, context, false);
    if (assistantOnly) {
      Encoding encoding = tokenizer.encodeWithOffsets(rendered.text(), false);
      List<Span> marked = rendered.generationSpans();
      List<Span> spans = marked.isEmpty() ? turns(messages, context, rendered.text()) : marked;
      return new Whole(encoding.ids(), inside(spans, encoding));
    }
    int[] ids = tokenizer.encode(rendered.text(), false);
    boolean[] scored = new boolean[ids.length];
    Arrays.fill(scored, true);
    return new Whole(ids, scored);
  }

  /**
   * Finds what the assistant says where the template does not mark it: from the opening of each of
   * its turns to the end of the turn.
   */
  private List<Span> turns(List<Message> messages, ChatContext context, String text) {
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).role().equals("assistant")) {
        spans.add(turn(messages, i, context, text));
      }
    }
    return spans;
  }

  private Span turn(List<Message> messages, int i, ChatContext context, String text) {
    String before = i == 0 ? "" : render(messages.subList(0, i), context, true).text();
    int end = text.startsWith(before) ? end(messages, i, context, text, before) : -1;
    if (end <= before.length()) {
      throw new RowFault(
          "assistant_only_loss cannot tell what the assistant says: the chat template marks nothing with {% generation %}, and it writes turn "
              + (i + 1)
              + " otherwise once others follow. Give a template with marks (chat_template), or turn assistant_only_loss off.");
    }
    boolean lineEnd = before.endsWith("\n") && chat.startsAnswersWithLineEnd();
    return new Span(before.length() - (lineEnd ? 1 : 0), end);
  }

  /**
   * Where a turn ends: where the conversation ends if nothing follows, or else where a conversation
   * without this turn goes on. The latter finds turns that are written otherwise once others follow
   * them, such as those whose thoughts are then left out.
   */
  private int end(List<Message> messages, int i, ChatContext context, String text, String before) {
    if (i + 1 == messages.size()) {
      return text.length();
    }
    String after = open(render(messages.subList(0, i + 1), context, false).text(), text);
    if (text.startsWith(after) && after.startsWith(before)) {
      return after.length();
    }
    if (i == 0) {
      return -1;
    }
    List<Message> others = new ArrayList<>(messages);
    others.remove(i);
    String start;
    String without;
    try {
      start = open(render(messages.subList(0, i), context, false).text(), text);
      without = render(others, context, false).text();
    } catch (RowFault e) {
      return -1; // a template that wants the roles to alternate
    }
    boolean found = without.startsWith(start) && text.startsWith(start);
    String rest = found ? without.substring(start.length()) : "";
    return !rest.isEmpty() && text.endsWith(rest) ? text.length() - rest.length() : -1;
  }

  /** A beginning of a conversation without the EOS token that some templates put behind its end. */
  private String open(String beginning, String whole) {
    String eos = tokenizer.specialTokens().eos().orElse("");
    boolean ended = !eos.isEmpty() && beginning.endsWith(eos) && !whole.startsWith(beginning);
    return ended ? beginning.substring(0, beginning.length() - eos.length()) : beginning;
  }

  /**
   * Marks the tokens that overlap a generated span. Where TRL looks up the tokens of the first and
   * the last character only, a character made of several tokens is taken whole here.
   */
  private static boolean[] inside(List<Span> spans, Encoding encoding) {
    if (spans.isEmpty()) {
      throw new RowFault(
          "assistant_only_loss learns what the assistant says, but the assistant says nothing in this row. Remove the row, or turn assistant_only_loss off.");
    }
    boolean[] scored = new boolean[encoding.length()];
    int at = 0;
    for (int i = 0; i < scored.length && at < spans.size(); i++) {
      int start = encoding.starts()[i];
      int end = Math.max(encoding.ends()[i], start + 1);
      while (at < spans.size() && spans.get(at).end() <= start) {
        at++;
      }
      scored[i] = at < spans.size() && end > spans.get(at).start();
    }
    return scored;
  }

  /** Returns the text of each answer's sequence as the tokenizer gets it. */
  public List<String> texts(PreferencePair pair) {
    if (pair instanceof TextPair text) {
      return List.of(
          text.prompt() + withEos(text.chosen()), text.prompt() + withEos(text.rejected()));
    }
    ChatPair chatPair = (ChatPair) pair;
    List<String> texts = new ArrayList<>();
    for (List<Message> answer : List.of(chatPair.chosen(), chatPair.rejected())) {
      texts.add(render(join(chatPair.prompt(), answer), chatPair.context(), false).text());
    }
    return texts;
  }

  /** Returns the ids of each answer's whole sequence. */
  List<int[]> sequences(PreferencePair pair) {
    boolean special = pair instanceof TextPair;
    return texts(pair).stream().map(text -> tokenizer.encode(text, special)).toList();
  }

  private Rendered render(List<Message> messages, ChatContext context, boolean openAnswer) {
    List<Map<String, @Nullable Object>> fields = Message.allFields(messages);
    try {
      return chat.render(fields, context.tools(), context.templateKwargs(), openAnswer);
    } catch (TemplateException | IllegalArgumentException e) {
      throw new RowFault("the conversation cannot be rendered: " + e.getMessage());
    }
  }

  static List<Message> join(List<Message> prompt, List<Message> answer) {
    List<Message> all = new ArrayList<>(prompt);
    all.addAll(answer);
    return all;
  }

  private String withEos(String text) {
    String eos =
        tokenizer
            .specialTokens()
            .eos()
            .orElseThrow(
                () ->
                    new TokenizerException(
                        "the tokenizer has no eos_token, which must end every answer given as plain text: name one in tokenizer_config.json"));
    return text.endsWith(eos) ? text : text + eos;
  }
}
