/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds phrases in answers that nobody wants to teach, in English and Chinese. */
final class Phrases {
  /** Only the beginning of an answer can refuse. */
  private static final int OPENING = 200;

  private static final Pattern BOILERPLATE =
      Pattern.compile(
          "\\bas an? (ai|artificial intelligence)( language)? (model|assistant|system|program)\\b"
              + "|\\bas a (large )?language model\\b|\\bi am (just |only )?an ai( language)?"
              + " (model|assistant)\\b|\\bi'm (just |only )?an ai( language)? (model|assistant)\\b"
              + "|\\bmy knowledge cutoff\\b|\\bopenai\\b.{0,40}\\b(trained|developed|created) me\\b"
              + "|作为(一个|一名|一款|一种)?(ai|人工智能|大型?语言)(语言)?(模型|助手|程序|系统)"
              + "|我(只)?是(一个|一名|一款)(ai|人工智能)(语言)?(模型|助手|程序)",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern REFUSAL =
      Pattern.compile(
          "\\b(i'm|i am|im) (so |very |really )?sorry,? (but )?i (can't|cannot|can not|am not able|am"
              + " unable|'m unable|won't|do not|don't)\\b"
              + "|\\bi (can't|cannot|can not|won't|am not able to|am unable to|'m not able to|'m"
              + " unable to) (assist|help|provide|fulfil|fulfill|comply|answer|generate|create|support)\\b"
              + "|\\bi (must|have to) (respectfully )?decline\\b"
              + "|(抱歉|对不起|很遗憾)[，, ]{0,2}(但)?(我|本人)(不能|无法|没有办法|不可以)"
              + "|我(不能|无法)(为您|为你|给您|给你)?(提供|回答|协助|帮助|满足|生成)",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  /** Marks by which transcripts and templates open a turn, at the start of a line. */
  private static final Pattern TURN =
      Pattern.compile(
          "(?m)(^[ \\t]*(###? ?)?(Human|User|Assistant|Instruction|用户|助手|人类)[ \\t]*[:：]"
              + "|<\\|(im_start|im_end|eot_id|start_header_id|end_header_id|endoftext|user|assistant|system)\\|>"
              + "|\\[/?INST\\]|<(start|end)_of_turn>|<<SYS>>|^### ?(Instruction|Response)\\b)");

  private static final Pattern TAG =
      Pattern.compile(
          "</?(p|div|span|br|li|ul|ol|strong|em|b|i|u|a|h[1-6]|table|tr|td|blockquote|font|img|pre|code)(\\s[^<>\\n]{0,200})?/?>"
              + "|&(amp|lt|gt|quot|nbsp|apos|#\\d{2,5}|#x[0-9a-f]{2,5});",
          Pattern.CASE_INSENSITIVE);

  /** A prompt that speaks of markup or holds some: then markup may be the answer. */
  private static final Pattern ASKS_FOR_MARKUP =
      Pattern.compile(
          "<[a-z/!][^<>\\n]{0,200}>|&[a-z]{2,6};|\\b(html|css|xml|svg|jsx|javascript|typescript|react|vue|angular|php|asp|jsp|web ?(page|site)|tag|markup|markdown)s?\\b|网页|标签",
          Pattern.CASE_INSENSITIVE);

  private Phrases() {}

  /** Returns the phrase by which an answer calls itself a language model, or an empty text. */
  static String boilerplate(String answer) {
    return first(BOILERPLATE, straight(answer));
  }

  /** Returns the phrase by which an answer refuses, or an empty text. */
  static String refusal(String answer) {
    String opening = answer.substring(0, Math.min(OPENING, answer.length()));
    return first(REFUSAL, straight(opening));
  }

  private static String straight(String text) {
    return text.indexOf('\u2019') < 0 ? text : text.replace('\u2019', '\'');
  }

  /**
   * Returns the mark of a turn in an answer, or an empty text. A mark that the prompt holds, too,
   * is part of what was asked for.
   */
  static String turnMark(String prompt, String answer) {
    Matcher marks = TURN.matcher(answer);
    while (marks.find()) {
      String mark = marks.group().strip();
      // The first line may well be "Assistant: ..."; what comes later is another turn.
      if (!prompt.contains(mark) && (marks.start() > 0 || mark.startsWith("<"))) {
        return mark;
      }
    }
    return "";
  }

  /** Returns a tag or entity of HTML outside of code that nobody asked for, or an empty text. */
  static String markup(String prompt, String answer) {
    if (answer.indexOf('<') < 0 && answer.indexOf('&') < 0) {
      return "";
    }
    String found = first(TAG, Scripts.prose(answer));
    return found.isEmpty() || ASKS_FOR_MARKUP.matcher(prompt).find() ? "" : found;
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group() : "";
  }
}
