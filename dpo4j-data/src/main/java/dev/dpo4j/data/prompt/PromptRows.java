/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.prompt;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptForms;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.RowSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.ReportBuilder;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows with a prompt, before they are tokenised: {@code prompt}, {@code messages}, or the prompts
 * of preference pairs. What else a row has is kept for the rewards.
 *
 * <p>Rows at fault are reported together, each with its file and line, in one {@link
 * DataException}.
 */
public final class PromptRows {
  private static final Set<String> PROMPT = Set.of("prompt", "messages");

  private final RowSource source;

  private PromptRows(RowSource source) {
    this.source = source;
  }

  /** Takes the rows of a source. */
  public static PromptRows read(DataSource source) {
    return new PromptRows(source.rows());
  }

  /** Takes a split of a file, a folder, or a glob. */
  public static PromptRows read(Path dataset, String split) {
    return read(DataSource.of(dataset, split));
  }

  /** Takes rows of columns made in memory. */
  public static PromptRows ofRows(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return new PromptRows(RowSource.of(rows));
  }

  /**
   * Tokenises all prompts, conversations up to where the assistant answers. A prompt that is longer
   * than {@code max_prompt_length} keeps its end; one that reaches {@code max_length} is left out.
   *
   * @throws DataException if rows are at fault, or if no row is left
   */
  public PromptDataset tokenize(ChatTokenizer chat, LengthLimits limits) {
    Faults faults = new Faults();
    ReportBuilder report = new ReportBuilder();
    List<TokenizedPrompt> kept = new ArrayList<>();
    source.read(
        row -> {
          try {
            TokenizedPrompt prompt = tokenize(row, chat, limits, report);
            if (prompt != null) {
              kept.add(prompt);
            }
            return true;
          } catch (RowFault e) {
            return faults.add(row.origin(), e.text());
          }
        },
        faults);
    faults.throwIfAny();
    DataReport finished = report.build(source.name(), new TokenizeOptions(limits, false));
    if (finished.read() == 0) {
      throw new DataException(
          "%s has no rows: check the file and the range of the split".formatted(source.name()));
    }
    if (kept.isEmpty()) {
      throw new DataException(
          "no prompt is left to answer; raise max_length or look at the rows:\n"
              + finished.toTable());
    }
    return new PromptDataset(kept, finished);
  }

  private static @Nullable TokenizedPrompt tokenize(
      Row row, ChatTokenizer chat, LengthLimits limits, ReportBuilder report) {
    RowInfo info = new RowInfo(row.index(), row.origin(), Set.of(), Map.of(), Set.of(), Map.of());
    if (row.found().notes().contains(RowEvent.MEDIA)) {
      report.row(info, Set.of(RowEvent.MEDIA), false);
      return null;
    }
    Prompt prompt = PromptForms.read(row).prompt();
    Set<RowEvent> events = EnumSet.noneOf(RowEvent.class);
    if (prompt instanceof Prompt.Text && chat.hasTemplate()) {
      events.add(RowEvent.WITHOUT_TEMPLATE);
    }
    int[] whole = encode(prompt, chat);
    int[] ids = limits.prompt(whole);
    if (ids.length < whole.length) {
      events.add(RowEvent.PROMPT_CUT);
    }
    if (limits.isFilledBy(ids)) {
      events.add(RowEvent.PROMPT_TOO_LONG);
    }
    boolean keep = !events.contains(RowEvent.PROMPT_TOO_LONG);
    report.lengths("prompt", whole.length);
    report.row(info, events, keep);
    if (!keep) {
      return null;
    }
    report.tokens(ids.length);
    return new TokenizedPrompt(row.index(), row.origin(), prompt, ids, columns(row));
  }

  /** The tokens of a prompt, up to where the answer begins. */
  public static int[] encode(Prompt prompt, ChatTokenizer chat) {
    int[] ids;
    if (prompt instanceof Prompt.Text text) {
      ids = chat.tokenizer().encode(text.text(), true);
    } else {
      Prompt.Chat messages = (Prompt.Chat) prompt;
      try {
        ids =
            chat.encode(
                messages.messages().stream().map(Message::fields).toList(),
                messages.context().tools(),
                messages.context().templateKwargs(),
                true);
      } catch (TemplateException | IllegalArgumentException e) {
        throw new RowFault("the conversation cannot be rendered: " + e.getMessage());
      }
    }
    if (ids.length == 0) {
      throw new RowFault("the prompt has no tokens: there is nothing to answer");
    }
    return ids;
  }

  private static Map<String, @Nullable Object> columns(Row row) {
    Map<String, @Nullable Object> columns = new LinkedHashMap<>(row.found().unread());
    columns.putAll(row.columns());
    columns.keySet().removeAll(PROMPT);
    return columns;
  }
}
