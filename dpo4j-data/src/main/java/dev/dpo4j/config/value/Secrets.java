/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps secrets out of messages and logs, which people paste into reports: values of keys that name
 * one, values of such variables of the environment, and texts that look like the token of a known
 * service.
 */
public final class Secrets {
  /** What stands in a secret's place. */
  public static final String HIDDEN = "(not shown)";

  private static final Pattern KEY =
      Pattern.compile(
          "(.*_)?(api_?key|access_?key|secret_?key|private_?key|secret|password|passwd|credentials?)"
              + "|(.*_)?(hub|hf|huggingface|auth|access|api|bearer|refresh|session|secret|github|gh"
              + "|wandb|openai|id)_?token|token|authorization");

  /**
   * Tokens of services bear a mark at their beginning. The Hub's mark also begins names of keys,
   * such as hf_hub_url: what follows is a token only where it is long or holds capitals or digits.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\b(?:(hf_(?:oauth_)?)(?:(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6}|[A-Za-z0-9]{20})(?:[\\w-]|\\.(?=\\w))*"
              + "|(api_org_|sk-|gh[oprsu]_|github_pat_|glpat-|xox[abp]-|AKIA)[\\w-]{6,})");

  private static final Pattern NAMED =
      Pattern.compile("(?<![\\w-])([\\w-]++)(\\s*+=\\s*+)(\"[^\"]*\"|'[^']*'|[^\\s,;]++)");
  private static final Pattern LINE =
      Pattern.compile("(?<![\\w-])([\\w-]++)(\"?[ \\t]*+:[ \\t]*+)([^\\n]++)");
  private static final Pattern USER_INFO = Pattern.compile("(?<!\\w)(\\w++://)[^/@\\s\"]++@");
  private static final int SHORTEST = 6;
  private static final List<String> ENVIRONMENT = valuesOf(System.getenv());

  /** Values that were written as settings of this process. */
  private static final Set<String> LEARNT = ConcurrentHashMap.newKeySet();

  private Secrets() {}

  /** Returns whether the value of a key or a variable is nobody's business. */
  public static boolean isSecret(String key) {
    return KEY.matcher(key.replace('-', '_').toLowerCase(Locale.ROOT)).matches();
  }

  /** Hides a value, and those that it holds, from now on. */
  static void learn(Value value) {
    if (value instanceof Value.Scalar scalar && scalar.text().length() >= SHORTEST) {
      LEARNT.add(scalar.text());
    } else if (value instanceof Value.Sequence list) {
      list.items().forEach(Secrets::learn);
    } else if (value instanceof Value.Mapping map) {
      map.entries().values().forEach(Secrets::learn);
    }
  }

  /** Returns a value in words for a message, unless its key names a secret. */
  public static String describe(String key, Value value) {
    return isSecret(key) ? "a value " + HIDDEN : value.describe();
  }

  /** Returns a text without the secrets that it holds. */
  public static String mask(String text) {
    String masked = mask(mask(text, ENVIRONMENT), LEARNT);
    masked = TOKEN.matcher(masked).replaceAll("$1$2" + Matcher.quoteReplacement(HIDDEN));
    masked = USER_INFO.matcher(masked).replaceAll("$1" + Matcher.quoteReplacement(HIDDEN + "@"));
    return NAMED
        .matcher(masked)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    isSecret(found.group(1).replaceFirst("^--", ""))
                        ? found.group(1) + found.group(2) + HIDDEN
                        : found.group()));
  }

  /** Returns lines of a configuration, as a parser quotes them, without the secrets in them. */
  static String maskLines(String text) {
    return mask(
        LINE.matcher(text)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        isSecret(found.group(1))
                            ? found.group(1) + found.group(2) + HIDDEN
                            : found.group())));
  }

  /** Returns a text without values, as they are and as addresses spell them. */
  static String mask(String text, Collection<String> values) {
    String masked = text;
    for (String value : values) {
      masked = masked.replace(value, HIDDEN);
    }
    return masked;
  }

  /** Returns the secrets among the variables of an environment. */
  static List<String> valuesOf(Map<String, String> environment) {
    return environment.entrySet().stream()
        .filter(entry -> isSecret(entry.getKey()))
        .map(entry -> entry.getValue().strip())
        .filter(value -> value.length() >= SHORTEST)
        .flatMap(value -> Stream.of(value, URLEncoder.encode(value, StandardCharsets.UTF_8)))
        .distinct()
        .toList();
  }
}
