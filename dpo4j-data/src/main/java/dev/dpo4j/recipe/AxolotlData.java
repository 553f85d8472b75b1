/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The data sets of axolotl, whose type says which columns are read and how texts are framed. */
final class AxolotlData {
  /** Types of pairs and labelled answers: the columns that they read, by our names. */
  private static final Map<String, Map<String, String>> COLUMNS =
      Map.of(
          "intel", Map.of("prompt", "question"),
          "icr", Map.of("prompt", "input"),
          "prompt_pairs", Map.of(),
          "ultra", Map.of(),
          "argilla", Map.of("prompt", "instruction"),
          "argilla_chat", Map.of(),
          "default", Map.of());

  /** Types of supervised data, with the form that rows of them have. */
  private static final Map<String, String> FORMS =
      Map.ofEntries(
          Map.entry("alpaca", "alpaca"),
          Map.entry("alpaca_chat.load_qa", "auto"),
          Map.entry("sharegpt", "sharegpt"),
          Map.entry("chat_template", "auto"),
          Map.entry("completion", "trl"));

  /** Prefixes of types that name the template in which texts are framed. */
  private static final Set<String> FRAMES = Set.of("chatml", "llama3", "zephyr", "gemma");

  private static final Set<String> PASSED =
      Set.of("path", "type", "split", "name", "data_files", "revision", "ds_type", "conversation");

  private final Draft draft;
  private final List<Value> train = new ArrayList<>();
  private final List<Value> test = new ArrayList<>();
  private boolean shuffled = true;
  private @Nullable RecipeEntry cause;
  private @Nullable String frame;
  private @Nullable RecipeEntry template;

  AxolotlData(Draft draft) {
    this.draft = draft;
  }

  boolean hasTestDatasets() {
    return !test.isEmpty();
  }

  void datasets(RecipeEntry entry) {
    draft.remove(entry);
    cause = entry;
    RecipeValues.items(entry.value()).forEach(item -> train.add(dataset(entry, item)));
  }

  void testDatasets(RecipeEntry entry) {
    draft.remove(entry);
    RecipeValues.items(entry.value()).forEach(item -> test.add(dataset(entry, item)));
  }

  void shuffle(RecipeEntry entry) {
    draft.remove(entry);
    shuffled = !RecipeValues.isFalse(entry.value());
  }

  private Value dataset(RecipeEntry entry, Value item) {
    Map<String, Value> written = RecipeValues.entries(item);
    Map<String, Value> set = new LinkedHashMap<>();
    @Nullable Value files = written.get("data_files");
    String path = RecipeValues.string(written.get("path"));
    if (files != null && (path == null || Set.of("json", "csv", "parquet").contains(path))) {
      set.put(
          "id", RecipeValues.items(files).size() == 1 ? RecipeValues.items(files).get(0) : files);
    } else if (path != null) {
      set.put("id", RecipeValues.text(path));
    } else {
      draft.fault(entry, "has a data set without a path");
    }
    copy(written, "name", set, "config");
    copy(written, "split", set, "split");
    copy(written, "revision", set, "revision");
    if (!set.containsKey("split")) {
      set.put("split", RecipeValues.text("train"));
    }
    type(entry, written, set);
    fields(entry, written, set);
    return RecipeValues.map(set);
  }

  private static void copy(
      Map<String, Value> from, String key, Map<String, Value> to, String name) {
    @Nullable Value value = from.get(key);
    if (value != null && !RecipeValues.isNull(value)) {
      to.put(name, value);
    }
  }

  /** The type: a frame and the columns that are read. */
  private void type(RecipeEntry entry, Map<String, Value> written, Map<String, Value> set) {
    @Nullable Value value = written.get("type");
    if (value == null || RecipeValues.isNull(value)) {
      return;
    } else if (!RecipeValues.entries(value).isEmpty()) {
      userDefined(entry, RecipeValues.entries(value), set);
      return;
    }
    String type = String.valueOf(RecipeValues.string(value));
    if (FORMS.containsKey(type)) {
      set.put("format", RecipeValues.text(String.valueOf(FORMS.get(type))));
      return;
    }
    int dot = type.indexOf('.');
    String head = dot < 0 ? type : type.substring(0, dot);
    String tail = dot < 0 ? "default" : type.substring(dot + 1);
    @Nullable Map<String, String> columns = COLUMNS.get(tail);
    boolean known = FRAMES.contains(head) || head.equals("chat_template");
    if (!known || columns == null) {
      draft.fault(
          entry,
          "has a data set of type %s, which is not known here. Known are chat_template, alpaca, sharegpt, completion, and %s with .%s"
              .formatted(
                  type,
                  String.join(", ", FRAMES.stream().sorted().toList()),
                  String.join(", .", COLUMNS.keySet().stream().sorted().toList())));
      return;
    }
    if (FRAMES.contains(head)) {
      frame = head;
    }
    if (!columns.isEmpty()) {
      Map<String, Value> renamed = new LinkedHashMap<>();
      columns.forEach((ours, theirs) -> renamed.put(ours, RecipeValues.text(theirs)));
      set.put("columns", RecipeValues.map(renamed));
    }
    // These types put the prompt into the frame as a user's message.
    if (!tail.equals("argilla_chat") && FRAMES.contains(head)) {
      set.put("format", RecipeValues.text("chat"));
    }
  }

  private void userDefined(RecipeEntry entry, Map<String, Value> type, Map<String, Value> set) {
    Map<String, Value> renamed = new LinkedHashMap<>();
    List<String> formats = new ArrayList<>();
    type.forEach(
        (name, value) -> {
          if (RecipeValues.isNull(value)) {
            return;
          }
          switch (name) {
            case "field_prompt", "field_instruction" -> renamed.put("prompt", value);
            case "field_chosen" -> renamed.put("chosen", value);
            case "field_rejected" -> renamed.put("rejected", value);
            case "field_completion", "field_output" -> renamed.put("completion", value);
            case "field_label" -> renamed.put("label", value);
            case "field_system" -> renamed.put("system", value);
            default -> {
              if (!"{prompt}{chosen}{rejected}{completion}"
                  .contains(String.valueOf(RecipeValues.string(value)))) {
                formats.add(name);
              }
            }
          }
        });
    if (!formats.isEmpty()) {
      draft.fault(
          entry,
          "has a data set with "
              + String.join(", ", formats)
              + ": texts are framed by the chat template of the model, remove it");
    }
    set.put("columns", RecipeValues.map(renamed));
  }

  /** The names of columns, and what cannot be honoured. */
  private void fields(RecipeEntry entry, Map<String, Value> written, Map<String, Value> set) {
    Map<String, Value> renamed = new LinkedHashMap<>(RecipeValues.entries(set.get("columns")));
    List<String> refused = new ArrayList<>();
    written.forEach(
        (name, value) -> {
          if (RecipeValues.isNull(value) || PASSED.contains(name)) {
            return;
          }
          switch (name) {
            case "field_messages" -> {
              boolean pairs = draft.method().isPairwise();
              renamed.put(pairs ? "prompt" : "messages", value);
            }
            case "field_chosen" -> renamed.put("chosen", value);
            case "field_rejected" -> renamed.put("rejected", value);
            case "field_tools" -> renamed.put("tools", value);
            case "field" -> renamed.put("text", value);
            case "message_field_role",
                "message_field_content",
                "message_property_mappings",
                "roles",
                "roles_to_train",
                "train_on_eos",
                "train_on_eot",
                "chat_template",
                "trust_remote_code",
                "preprocess_shards" ->
                passed(entry, name, value, refused);
            default -> refused.add(name);
          }
        });
    renamed.entrySet().removeIf(pair -> pair.getKey().equals(RecipeValues.string(pair.getValue())));
    if (renamed.isEmpty()) {
      set.remove("columns");
    } else {
      set.put("columns", RecipeValues.map(renamed));
    }
    if (!refused.isEmpty()) {
      draft.fault(
          entry,
          "has a data set with "
              + String.join(", ", refused)
              + ", which cannot be honoured: remove it");
    }
  }

  /** Fields that pass where they ask for what happens anyway. */
  private void passed(RecipeEntry entry, String name, Value value, List<String> refused) {
    boolean usual =
        switch (name) {
          case "message_field_role" -> List.of("role", "from").contains(RecipeValues.string(value));
          case "message_field_content" ->
              List.of("content", "value").contains(RecipeValues.string(value));
          case "message_property_mappings" ->
              RecipeValues.entries(value).values().stream()
                  .allMatch(
                      field ->
                          List.of("role", "from", "content", "value")
                              .contains(String.valueOf(RecipeValues.string(field))));
          case "roles_to_train" ->
              Set.of("assistant", "gpt").containsAll(RecipeValues.strings(value));
          case "train_on_eos", "train_on_eot" -> "turn".equals(RecipeValues.string(value));
          default -> true;
        };
    if (name.equals("chat_template")) {
      template(entry, value);
    } else if (!usual) {
      refused.add(name);
    }
  }

  void chatTemplate(RecipeEntry entry) {
    draft.remove(entry);
    template(entry, entry.value());
  }

  private void template(RecipeEntry entry, Value value) {
    String name = RecipeValues.string(value);
    if (name != null && name.startsWith("tokenizer_default_fallback_")) {
      draft.noEffect(entry, "the model's own template is used");
    } else if (name != null && !name.equals("tokenizer_default") && !name.equals("jinja")) {
      frame = name;
      cause = cause == null ? entry : cause;
    }
  }

  /** End and start of a sequence act, and nothing is padded. */
  void specialTokens(RecipeEntry entry) {
    draft.remove(entry);
    List<String> without = new ArrayList<>();
    RecipeValues.entries(entry.value())
        .forEach(
            (name, token) -> {
              if (RecipeValues.isNull(token)) {
                return;
              }
              switch (name) {
                case "eos_token", "bos_token" -> take(entry, name, token);
                case "pad_token", "unk_token" -> without.add(name);
                default ->
                    draft.fault(
                        entry,
                        "has %s, which cannot be honoured: built are bos_token and eos_token"
                            .formatted(name));
              }
            });
    if (!without.isEmpty()) {
      draft.noEffect(
          entry, "batches are flat rows without " + String.join(" and ", without) + " in them");
    }
  }

  /** A template in the file itself. */
  void chatTemplateText(RecipeEntry entry) {
    draft.remove(entry);
    if (!RecipeValues.isNull(entry.value())) {
      template = entry;
    }
  }

  private void take(RecipeEntry entry, String key, Value value) {
    draft.force(entry, key, value);
    draft.translated(entry, "became " + key + ": " + RecipeValues.show(value));
  }

  void finish() {
    RecipeEntry text = template;
    if (text != null) {
      draft.put(text, "chat_template", text.value());
      draft.translated(text, "became chat_template");
      // Types of data name a frame as well; the text of the file is what is rendered.
      frame = null;
    }
    RecipeEntry from = cause;
    if (from == null) {
      return;
    }
    if (!train.isEmpty()) {
      Map<String, Value> mixture = new LinkedHashMap<>();
      mixture.put("datasets", RecipeValues.list(train));
      if (!test.isEmpty()) {
        mixture.put("test_datasets", RecipeValues.list(test));
      }
      mixture.put("shuffle", RecipeValues.bool(shuffled));
      draft.force(from, "dataset_mixture", RecipeValues.map(mixture));
      draft.translated(from, "became dataset_mixture");
    }
    String name = frame;
    if (name != null) {
      if (draft.names().isKnown("template")) {
        draft.force(from, "template", RecipeValues.text(name));
      } else {
        draft.fault(from, "names the template " + name + ", which only the command line checks");
      }
    }
  }
}
