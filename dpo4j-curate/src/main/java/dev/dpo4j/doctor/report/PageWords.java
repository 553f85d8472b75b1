/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.report;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The words of a page in one language; English ones stand in the code, others in a file. */
final class PageWords {
  private final Properties words;

  private PageWords(Properties words) {
    this.words = words;
  }

  /**
   * Takes the words of a language.
   *
   * @param language {@code en} or {@code zh}
   */
  static PageWords of(String language) {
    Properties words = new Properties();
    if (!language.equals("en")) {
      String file = language + ".properties";
      try (InputStream in = PageWords.class.getResourceAsStream(file)) {
        if (in == null) {
          throw new IllegalArgumentException("no words are known in the language " + language);
        }
        words.load(new InputStreamReader(in, StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
      }
    }
    return new PageWords(words);
  }

  /** The text of a key; the English one where the language has none of its own. */
  String say(String key, String english) {
    return words.getProperty(key, english);
  }

  String title(DataProblem problem) {
    return say(problem.id() + ".title", problem.title());
  }

  String advice(DataProblem problem) {
    return say(problem.id() + ".advice", problem.advice());
  }

  String severity(Severity severity) {
    return say("severity." + severity.id(), severity.id());
  }
}
