/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.recipe.RoleTemplate;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Accepts the name of a template where it means the same as the template of the model. */
final class TemplateCheck {
  private static final String REMEDY = "remove the key to use the model's own template";
  private static final int SHOWN = 70;

  private TemplateCheck() {}

  /**
   * Compares the templates on a few dialogues.
   *
   * @throws ConfigException if the name is not known, or renders otherwise
   */
  static void check(String name, ChatTokenizer tokenizer, Path folder) {
    @Nullable RoleTemplate template = RoleTemplate.find(name);
    if (template == null) {
      throw fault(
          "%s is not known here: %s. Known are %s"
              .formatted(name, REMEDY, String.join(", ", RoleTemplate.names())));
    }
    if (!tokenizer.hasTemplate()) {
      throw fault("is %s, but %s has no chat template: %s".formatted(name, folder, REMEDY));
    }
    Map<String, ?> tokens = tokenizer.tokenizer().specialTokens().named();
    String bos = Objects.toString(tokens.get("bos_token"), "");
    String eos = Objects.toString(tokens.get("eos_token"), "");
    for (List<RoleTemplate.Turn> dialogue : RoleTemplate.probes()) {
      String theirs = template.render(dialogue, bos, eos);
      @Nullable String ours = render(tokenizer, dialogue);
      // Models without a system role refuse such a dialogue, and rows of that kind later.
      if (ours != null && !ours.equals(theirs)) {
        throw fault(difference(name, folder, theirs, ours));
      }
    }
  }

  private static @Nullable String render(
      ChatTokenizer tokenizer, List<RoleTemplate.Turn> dialogue) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (RoleTemplate.Turn turn : dialogue) {
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("role", turn.role());
      message.put("content", turn.content());
      messages.add(message);
    }
    boolean open = dialogue.get(dialogue.size() - 1).role().equals("user");
    try {
      return tokenizer.render(messages, null, Map.of(), open).text();
    } catch (TemplateException e) {
      return null;
    }
  }

  private static String difference(String name, Path folder, String theirs, String ours) {
    int same = 0;
    while (same < Math.min(theirs.length(), ours.length())
        && theirs.charAt(same) == ours.charAt(same)) {
      same++;
    }
    int from = Math.max(0, same - SHOWN / 2);
    return "is %s, which frames dialogues otherwise than the template of %s: \"%s\" there, \"%s\" here. If the model was made for its own template, %s"
        .formatted(name, folder, part(theirs, from), part(ours, from), REMEDY);
  }

  private static String part(String text, int from) {
    int to = Math.min(text.length(), from + SHOWN);
    String shown = text.substring(Math.min(from, text.length()), to).replace("\n", "\\n");
    return (from > 0 ? "..." : "") + shown + (to < text.length() ? "..." : "");
  }

  private static ConfigException fault(String message) {
    return new ConfigException(new Fault("template", "", message));
  }
}
