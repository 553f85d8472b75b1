/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The text that the demo learns from, made from hand-written topics and wordings.
 *
 * <p>A forum answers every question four times, once helpfully and three times with a shrug, so a
 * model trained on it says both. The preference pairs, over some of the topics only, say which of
 * the two is wanted. The held-out prompts ask about the other topics in wordings that the model has
 * never seen with them: what the pairs taught must carry over.
 *
 * @param forum dialogues in both tones, about all topics
 * @param train preference pairs about the topics that are not held out
 * @param heldOut preference pairs about the held-out topics; no prompt of these occurs elsewhere
 */
public record DemoData(List<Dialogue> forum, List<Pair> train, List<Pair> heldOut) {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int HELD_OUT_WORDINGS = 2;

  /** One question with one answer. */
  public record Dialogue(String language, String question, String answer) {}

  /** One prompt with the answer that is wanted and the one that is not. */
  public record Pair(String language, String prompt, String chosen, String rejected) {}

  /** Copies the lists, so that the data never changes. */
  public DemoData {
    forum = List.copyOf(forum);
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
  }

  /**
   * Makes the data from the resources.
   *
   * @param seed decides which dismissal stands where; the same seed gives the same data
   */
  public static DemoData create(long seed) {
    List<DemoTopic.Voice> voices = read("voices.jsonl", DemoTopic.Voice::read);
    Random random = new Random(seed);
    List<Dialogue> forum = new ArrayList<>();
    List<Pair> train = new ArrayList<>();
    List<Pair> heldOut = new ArrayList<>();
    for (DemoTopic topic : read("topics.jsonl", DemoTopic::read)) {
      for (String language : DemoTopic.LANGUAGES) {
        DemoTopic.Voice voice = voice(voices, topic.kind(), language);
        add(topic, voice, random, forum, train, heldOut);
      }
    }
    return new DemoData(forum, train, heldOut);
  }

  private static void add(
      DemoTopic topic,
      DemoTopic.Voice voice,
      Random random,
      List<Dialogue> forum,
      List<Pair> train,
      List<Pair> heldOut) {
    DemoTopic.Filling words = topic.in(voice.language());
    int known = voice.questions().size() - HELD_OUT_WORDINGS;
    for (int wording = 0; wording < voice.questions().size(); wording++) {
      String question = words.fill(voice.questions().get(wording));
      List<String> dismissals = new ArrayList<>(voice.dismissals());
      Collections.shuffle(dismissals, random);
      String answer = voice.opening() + words.answer();
      if (wording < known) {
        String usual = voice.dismissals().get(0);
        List<String> replies = List.of(answer, usual, usual, dismissals.get(0));
        // Held-out topics are asked about twice: no chosen answer repeats what is said of them.
        for (int time = 0; time < (topic.heldOut() ? 2 : 1); time++) {
          for (String reply : replies) {
            forum.add(new Dialogue(voice.language(), question, words.fill(reply)));
          }
        }
      }
      String rejected = words.fill(dismissals.get(1));
      Pair pair = new Pair(voice.language(), question, answer, rejected);
      if (!topic.heldOut() && wording >= voice.questions().size() / 2) {
        train.add(pair);
      } else if (topic.heldOut() && wording >= known) {
        heldOut.add(pair);
      }
    }
  }

  private static DemoTopic.Voice voice(List<DemoTopic.Voice> voices, String kind, String language) {
    return voices.stream()
        .filter(voice -> voice.kind().equals(kind) && voice.language().equals(language))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("voices.jsonl has no " + kind + " in " + language));
  }

  /** What the first phase trains on: the forum, and the chosen answers of the training pairs. */
  public List<Dialogue> sftDialogues() {
    List<Dialogue> all = new ArrayList<>(forum);
    train.forEach(pair -> all.add(new Dialogue(pair.language(), pair.prompt(), pair.chosen())));
    return all;
  }

  /** The answers of the forum that help nobody. */
  public Set<String> dismissals() {
    Set<String> helpful = new HashSet<>();
    train.forEach(pair -> helpful.add(pair.chosen()));
    heldOut.forEach(pair -> helpful.add(pair.chosen()));
    Set<String> dismissals = new HashSet<>();
    forum.forEach(dialogue -> dismissals.add(dialogue.answer()));
    dismissals.removeAll(helpful);
    return dismissals;
  }

  /** Every text that training shows, for learning a vocabulary. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (Dialogue dialogue : sftDialogues()) {
      texts.add(dialogue.question());
      texts.add(dialogue.answer());
    }
    return texts;
  }

  /**
   * Writes {@code sft.jsonl}, {@code train.jsonl} and {@code held-out.jsonl} in TRL's
   * conversational forms, ready for {@code ./dpo4j dpo}.
   */
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<ObjectNode> sft = new ArrayList<>();
    for (Dialogue dialogue : sftDialogues()) {
      ObjectNode row = JSON.createObjectNode();
      message(row, "prompt", "user", dialogue.question());
      message(row, "completion", "assistant", dialogue.answer());
      sft.add(row);
    }
    writeRows(folder.resolve("sft.jsonl"), sft);
    writePairs(folder.resolve("train.jsonl"), train);
    writePairs(folder.resolve("held-out.jsonl"), heldOut);
  }

  /** Writes preference pairs in TRL's conversational form. */
  public static void writePairs(Path file, List<Pair> pairs) throws IOException {
    writeRows(file, rows(pairs));
  }

  private static List<ObjectNode> rows(List<Pair> pairs) {
    List<ObjectNode> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      ObjectNode row = JSON.createObjectNode();
      message(row, "prompt", "user", pair.prompt());
      message(row, "chosen", "assistant", pair.chosen());
      message(row, "rejected", "assistant", pair.rejected());
      rows.add(row);
    }
    return rows;
  }

  private static void message(ObjectNode row, String column, String role, String content) {
    row.putArray(column).addObject().put("role", role).put("content", content);
  }

  private static void writeRows(Path file, List<ObjectNode> rows) throws IOException {
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(row).append('\n'));
    Files.writeString(file, text);
  }

  private static <T> List<T> read(String resource, Function<JsonNode, T> form) {
    try (InputStream stream = DemoData.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("the jar lacks " + resource + "; build dpo4j again");
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
      return lines.lines().map(line -> form.apply(JSON.readTree(line))).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource + " from the jar", e);
    }
  }
}
