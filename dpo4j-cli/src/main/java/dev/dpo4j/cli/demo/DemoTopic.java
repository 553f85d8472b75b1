/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One thing that people in the demo's small world ask about, in both languages.
 *
 * @param kind the kind of question: {@code project}, {@code choice} or {@code trouble}
 * @param heldOut whether its pairs are kept from preference training
 * @param en what fills the English wordings
 * @param zh what fills the Chinese wordings
 */
record DemoTopic(String kind, boolean heldOut, Filling en, Filling zh) {
  /** The languages of the demo, as the resources name them. */
  static final List<String> LANGUAGES = List.of("en", "zh");

  /** The words of one language: slots of the wordings, and the specific, helpful answer. */
  record Filling(Map<String, String> slots, String answer) {
    static Filling read(JsonNode node) {
      Map<String, String> slots = new LinkedHashMap<>();
      for (String slot : List.of("subject", "a", "b")) {
        if (node.has(slot)) {
          slots.put(slot, node.get(slot).asString());
        }
      }
      return new Filling(slots, node.get("answer").asString());
    }

    /** Puts the words into a wording such as {@code What is {subject}?}. */
    String fill(String wording) {
      String text = wording;
      for (Map.Entry<String, String> slot : slots.entrySet()) {
        text = text.replace("{" + slot.getKey() + "}", slot.getValue());
      }
      return text;
    }
  }

  static DemoTopic read(JsonNode node) {
    return new DemoTopic(
        node.get("kind").asString(),
        node.get("held_out").asBoolean(),
        Filling.read(node.get("en")),
        Filling.read(node.get("zh")));
  }

  Filling in(String language) {
    return language.equals("en") ? en : zh;
  }

  /**
   * How one kind of question is asked and brushed off in one language.
   *
   * @param opening how a helpful answer begins
   * @param questions wordings of the question; the last two are kept for held-out prompts
   * @param dismissals wordings of an answer that helps nobody, the usual one first
   */
  record Voice(
      String kind,
      String language,
      String opening,
      List<String> questions,
      List<String> dismissals) {
    static Voice read(JsonNode node) {
      return new Voice(
          node.get("kind").asString(),
          node.get("language").asString(),
          node.get("opening").asString(),
          strings(node.get("questions")),
          strings(node.get("dismissals")));
    }

    private static List<String> strings(JsonNode array) {
      return array.valueStream().map(JsonNode::asString).toList();
    }
  }
}
