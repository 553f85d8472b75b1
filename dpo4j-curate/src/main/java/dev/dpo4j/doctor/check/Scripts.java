/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tells the language of a text as far as its script does.
 *
 * <p>Languages that share a script, such as English and French, are not told apart. Code between
 * fences and backticks, and addresses, are not looked at. Text is counted in units of about a word:
 * a run of letters, or {@value #HAN_PER_UNIT} characters of scripts without spaces.
 */
public final class Scripts {
  /** What a text is written in. */
  public enum WrittenLanguage {
    /** Latin letters: English, French, Vietnamese and others. */
    LATIN,
    /** Han characters without kana. */
    CHINESE,
    /** Kana, with Han characters. */
    JAPANESE,
    /** Hangul. */
    KOREAN,
    /** Cyrillic letters. */
    CYRILLIC,
    /** Arabic letters. */
    ARABIC,
    /** Letters of Hindi, Bengali, Tamil and other languages of India. */
    INDIC,
    /** Thai, Lao, Khmer or Burmese letters. */
    SOUTH_EAST_ASIAN,
    /** Hebrew letters. */
    HEBREW,
    /** Greek letters. */
    GREEK,
    /** Another script. */
    OTHER,
    /** Several scripts, none of them clearly ahead. */
    MIXED,
    /** Too little text. */
    UNKNOWN
  }

  /** Units below which a text has no language. */
  private static final double MIN_UNITS = 4;

  /** Share of the units from which a script is the text's. */
  private static final double DOMINANT = 0.6;

  private static final int HAN_PER_UNIT = 2;
  private static final double KANA_SHARE = 0.1;

  private static final Pattern NOT_PROSE =
      Pattern.compile("(?s)```.*?(```|\\z)|`[^`\\n]*`|https?://\\S+|www\\.\\S+");

  /** How a line of code begins that has no fence around it. */
  private static final List<String> CODE_STARTS =
      List.of(
          "import ",
          "from ",
          "def ",
          "class ",
          "const ",
          "let ",
          "var ",
          "return ",
          "public ",
          "private ",
          "#include",
          "SELECT ",
          "//",
          "@");

  private static final List<String> CODE_ENDS = List.of(";", "{", "}", "=>", "->", "};", ");");

  private Scripts() {}

  /** Returns whether the script of a letter puts spaces between words. */
  static boolean hasSpaces(int c) {
    if (c < 0x0E00) {
      return true;
    }
    return switch (UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA, BOPOMOFO, THAI, LAO, KHMER, MYANMAR, TIBETAN -> false;
      default -> true;
    };
  }

  /** Returns a text without code and addresses. */
  static String prose(String text) {
    return text.indexOf('`') < 0 && !text.contains("://") && !text.contains("www.")
        ? text
        : NOT_PROSE.matcher(text).replaceAll(" ");
  }

  private static boolean isCode(String line) {
    boolean begins = CODE_STARTS.stream().anyMatch(line::startsWith);
    return CODE_ENDS.stream().anyMatch(line::endsWith)
        || (begins && line.chars().anyMatch(c -> "(){}=;:.".indexOf(c) >= 0));
  }

  /** Tells the language of a text. */
  public static WrittenLanguage of(String text) {
    Map<WrittenLanguage, Double> units = new EnumMap<>(WrittenLanguage.class);
    double kana = 0;
    String prose =
        prose(text).lines().filter(line -> !isCode(line.strip())).collect(Collectors.joining("\n"));
    boolean inWord = false;
    for (int at = 0; at < prose.length(); ) {
      int c = prose.codePointAt(at);
      at += Character.charCount(c);
      if (!Character.isLetter(c)) {
        inWord = inWord && Character.getType(c) == Character.NON_SPACING_MARK;
        continue;
      }
      UnicodeScript script = UnicodeScript.of(c);
      if (!hasSpaces(c)) {
        units.merge(language(script), 1.0 / HAN_PER_UNIT, Double::sum);
        kana += language(script) == WrittenLanguage.JAPANESE ? 1.0 / HAN_PER_UNIT : 0;
        inWord = false;
      } else if (!inWord) {
        units.merge(language(script), 1.0, Double::sum);
        inWord = true;
      }
    }
    double eastern = units.getOrDefault(WrittenLanguage.CHINESE, 0.0) + kana;
    if (kana > 0 && kana >= KANA_SHARE * eastern) {
      units.remove(WrittenLanguage.CHINESE);
      units.put(WrittenLanguage.JAPANESE, eastern);
    }
    return leader(units);
  }

  private static WrittenLanguage leader(Map<WrittenLanguage, Double> units) {
    double all = units.values().stream().mapToDouble(Double::doubleValue).sum();
    if (all < MIN_UNITS) {
      return WrittenLanguage.UNKNOWN;
    }
    return units.entrySet().stream()
        .filter(entry -> entry.getValue() >= DOMINANT * all)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(WrittenLanguage.MIXED);
  }

  private static WrittenLanguage language(UnicodeScript script) {
    return switch (script) {
      case LATIN -> WrittenLanguage.LATIN;
      case HAN, BOPOMOFO -> WrittenLanguage.CHINESE;
      case HIRAGANA, KATAKANA -> WrittenLanguage.JAPANESE;
      case HANGUL -> WrittenLanguage.KOREAN;
      case CYRILLIC -> WrittenLanguage.CYRILLIC;
      case ARABIC -> WrittenLanguage.ARABIC;
      case DEVANAGARI, BENGALI, TAMIL, TELUGU, GUJARATI, GURMUKHI, KANNADA, MALAYALAM, SINHALA ->
          WrittenLanguage.INDIC;
      case THAI, LAO, KHMER, MYANMAR -> WrittenLanguage.SOUTH_EAST_ASIAN;
      case HEBREW -> WrittenLanguage.HEBREW;
      case GREEK -> WrittenLanguage.GREEK;
      default -> WrittenLanguage.OTHER;
    };
  }
}
