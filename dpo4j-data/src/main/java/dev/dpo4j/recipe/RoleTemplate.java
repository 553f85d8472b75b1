/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A chat template that is nothing but text before and after what each role says, as LLaMA-Factory's
 * are. {@code BOS} and {@code EOS} stand for the tokens of the model.
 *
 * @param start before everything
 * @param system around the words of the system
 * @param user around the words of the user
 * @param assistant around the words of the assistant
 * @param systemInside whether the system's words stand within those of the first user
 * @param defaultSystem the system's words where a dialogue has none; empty for none
 * @param thought what an answer without a thought begins with, in the last turn
 */
public record RoleTemplate(
    String start,
    Frame system,
    Frame user,
    Frame assistant,
    boolean systemInside,
    String defaultSystem,
    String thought) {

  private static final String BOS = "BOS";
  private static final String EOS = "EOS";
  private static final Map<String, RoleTemplate> KNOWN = known();

  /** What stands before and after the words of a role. */
  public record Frame(String before, String after) {
    String around(String content) {
      return before + content + after;
    }
  }

  /** A message of a dialogue. */
  public record Turn(String role, String content) {}

  private static Map<String, RoleTemplate> known() {
    Map<String, RoleTemplate> known = new TreeMap<>();
    RoleTemplate chatml = imChat("\n", "\n");
    known.put("chatml", chatml);
    known.put("qwen3_nothink", chatml);
    known.put(
        "qwen",
        chatml.withSystem("You are Qwen, created by Alibaba Cloud. You are a helpful assistant."));
    known.put("qwen_25", known.get("qwen"));
    known.put("qwen3", chatml.withThought("<think>\n\n</think>\n\n"));
    known.put("phi4", imChat("<|im_sep|>", ""));
    known.put("phi_4", imChat("<|im_sep|>", ""));
    known.put(
        "default",
        plain(
            "",
            new Frame("System: ", EOS + "\n"),
            new Frame("Human: ", EOS + "\nAssistant:"),
            new Frame("", EOS + "\n")));
    Frame bare = new Frame("", "");
    known.put("empty", plain("", bare, bare, bare));
    known.put(
        "llama2",
        inside(
            "",
            new Frame("<<SYS>>\n", "\n<</SYS>>\n\n"),
            new Frame(BOS + "[INST] ", " [/INST]"),
            new Frame("", EOS)));
    String head = "<|start_header_id|>";
    String tail = "<|end_header_id|>\n\n";
    String over = "<|eot_id|>";
    known.put(
        "llama3",
        plain(
            BOS,
            new Frame(head + "system" + tail, over),
            new Frame(head + "user" + tail, over + head + "assistant" + tail),
            new Frame("", over)));
    known.put(
        "mistral",
        inside(BOS, new Frame("", "\n\n"), new Frame("[INST] ", "[/INST]"), new Frame(" ", EOS)));
    knowSmallOnes(known);
    return known;
  }

  private static void knowSmallOnes(Map<String, RoleTemplate> known) {
    RoleTemplate gemma =
        inside(
            BOS,
            new Frame("", "\n\n"),
            new Frame("<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"),
            new Frame("", "<end_of_turn>\n"));
    known.put("gemma", gemma);
    known.put("gemma2", gemma);
    known.put("gemma3", gemma);
    known.put(
        "phi",
        plain(
            "",
            new Frame("<|system|>\n", "<|end|>\n"),
            new Frame("<|user|>\n", "<|end|>\n<|assistant|>\n"),
            new Frame("", "<|end|>\n")));
    known.put(
        "phi4_mini",
        plain(
            "",
            new Frame("<|system|>", "<|end|>"),
            new Frame("<|user|>", "<|end|><|assistant|>"),
            new Frame("", "<|end|>")));
    known.put(
        "zephyr",
        plain(
            "",
            new Frame("<|system|>\n", EOS + "\n"),
            new Frame("<|user|>\n", EOS + "\n<|assistant|>\n"),
            new Frame("", EOS + "\n")));
  }

  private static RoleTemplate imChat(String behindRole, String behindTurn) {
    String start = "<|im_start|>";
    String end = "<|im_end|>" + behindTurn;
    return plain(
        "",
        new Frame(start + "system" + behindRole, end),
        new Frame(start + "user" + behindRole, end + start + "assistant" + behindRole),
        new Frame("", end));
  }

  private static RoleTemplate plain(String start, Frame system, Frame user, Frame assistant) {
    return new RoleTemplate(start, system, user, assistant, false, "", "");
  }

  private static RoleTemplate inside(String start, Frame system, Frame user, Frame assistant) {
    return new RoleTemplate(start, system, user, assistant, true, "", "");
  }

  private RoleTemplate withSystem(String words) {
    return new RoleTemplate(start, system, user, assistant, systemInside, words, thought);
  }

  private RoleTemplate withThought(String words) {
    return new RoleTemplate(start, system, user, assistant, systemInside, defaultSystem, words);
  }

  /** Returns the template of a name; null where the name is not known. */
  public static @Nullable RoleTemplate find(String name) {
    return KNOWN.get(name);
  }

  /** Returns the names that are known. */
  public static List<String> names() {
    return List.copyOf(KNOWN.keySet());
  }

  /**
   * Returns dialogues on which templates are compared; each ends with the assistant or the user.
   */
  public static List<List<Turn>> probes() {
    Turn system = new Turn("system", "Be brief.");
    Turn asked = new Turn("user", "What is 2 + 2?");
    Turn answered = new Turn("assistant", "It is 4.");
    Turn again = new Turn("user", "And 3 + 3?");
    Turn last = new Turn("assistant", "It is 6.");
    return List.of(
        List.of(asked),
        List.of(asked, answered),
        List.of(system, asked, answered),
        List.of(asked, answered, again, last),
        List.of(system, asked, answered, again, last));
  }

  /**
   * Renders a dialogue. One that ends with the user is left open for the assistant.
   *
   * @param bos the model's token for the beginning, or empty
   * @param eos the model's token for the end, or empty
   */
  public String render(List<Turn> dialogue, String bos, String eos) {
    List<Turn> turns = new ArrayList<>(dialogue);
    String said = defaultSystem;
    if (turns.get(0).role().equals("system")) {
      said = turns.remove(0).content();
    }
    StringBuilder text = new StringBuilder(start);
    String opening = said.isEmpty() ? "" : system.around(said);
    if (!systemInside) {
      text.append(opening);
    }
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      String within = systemInside && i == 0 ? opening : "";
      if (turn.role().equals("user")) {
        text.append(user.around(within + turn.content()));
      } else {
        boolean lastTurn = i == turns.size() - 1;
        text.append(assistant.around((lastTurn ? thought : "") + turn.content()));
      }
    }
    return text.toString().replace(BOS, bos).replace(EOS, eos);
  }
}
