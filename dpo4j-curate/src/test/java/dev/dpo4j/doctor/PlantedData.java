/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Makes preference data without any fault, in English and Chinese, and plants faults into it. */
final class PlantedData {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();
  private static final String CHARACTERS =
      "天地人山水火木金土日月星云风雨雪花草树鸟鱼马牛羊门窗桌椅书笔纸墨城市村路桥船车灯钟表衣食住行春夏秋冬东西南北"
          + "大小多少高低长短新旧好坏快慢轻重远近早晚左右前后里外上下来去走跑看听说读写想问答学教做买卖开关给拿放找等";

  private final SplittableRandom random;
  private final List<String> words = new ArrayList<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();

  PlantedData(long seed) {
    random = new SplittableRandom(seed);
    String[] starts = {
      "ba", "do", "fi", "gar", "hel", "jun", "ke", "lom", "mi", "nor", "pal", "ru"
    };
    String[] ends = {
      "den", "fer", "gis", "kon", "lam", "mer", "nit", "pod", "rel", "sta", "ton", "vig"
    };
    for (String start : starts) {
      for (String end : ends) {
        words.add(start + end);
      }
    }
  }

  /** Returns some sentences, each ended as its language does. */
  String sentences(boolean chinese, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(chinese ? chineseSentence() : (i == 0 ? "" : " ") + englishSentence());
    }
    return text.toString();
  }

  private String englishSentence() {
    StringBuilder text = new StringBuilder();
    int length = 7 + random.nextInt(7);
    for (int i = 0; i < length; i++) {
      String word = words.get(random.nextInt(words.size()));
      text.append(i == 0 ? word.substring(0, 1).toUpperCase() + word.substring(1) : " " + word);
    }
    return text.append('.').toString();
  }

  private String chineseSentence() {
    StringBuilder text = new StringBuilder();
    int length = 12 + random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
    }
    return text.append('。').toString();
  }

  /** Returns a good row, in a language by chance, of strings or of messages by chance. */
  Map<String, Object> good() {
    boolean chinese = random.nextBoolean();
    String prompt = sentences(chinese, 1 + random.nextInt(3));
    String chosen = sentences(chinese, 2 + random.nextInt(3));
    String rejected = sentences(chinese, 2 + random.nextInt(3));
    return random.nextBoolean()
        ? row(prompt, chosen, rejected)
        : row(turn("user", prompt), turn("assistant", chosen), turn("assistant", rejected));
  }

  static Map<String, Object> row(Object prompt, Object chosen, Object rejected) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("prompt", prompt);
    row.put("chosen", chosen);
    row.put("rejected", rejected);
    return row;
  }

  static List<Map<String, String>> turn(String role, String content) {
    return List.of(Map.of("role", role, "content", content));
  }

  static List<Map<String, String>> turns(String... rolesAndTexts) {
    List<Map<String, String>> turns = new ArrayList<>();
    for (int i = 0; i < rolesAndTexts.length; i += 2) {
      turns.addAll(turn(rolesAndTexts[i], rolesAndTexts[i + 1]));
    }
    return turns;
  }

  PlantedData good(int count) {
    for (int i = 0; i < count; i++) {
      rows.add(good());
    }
    return this;
  }

  /** Adds a row and returns its line, counted from 1. */
  int plant(Map<String, Object> row) {
    rows.add(row);
    return rows.size();
  }

  Map<String, Object> get(int line) {
    return rows.get(line - 1);
  }

  Path write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Map<String, Object> row : rows) {
        out.write(MAPPER.writeValueAsString(row));
        out.write('\n');
      }
    }
    return file;
  }
}
