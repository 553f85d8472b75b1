/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The house rules of pages, scripts and styles. */
class WebFilesTest {
  private static final Path FOLDER = Path.of("src/main/resources/dev/dpo4j/studio/web");
  private static final int LINES = 500;

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  private static Set<String> found(String regex, String text) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    return matcher
        .results()
        .map(hit -> hit.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String all(String ending) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : files()) {
      if (file.toString().endsWith(ending)) {
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }

  @Test
  void filesStayShort() throws IOException {
    assertThat(files())
        .hasSizeGreaterThan(6)
        .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(LINES));
  }

  @Test
  void nothingComesFromElsewhereAndNoScriptStandsInAPage() throws IOException {
    assertThat(all(".html"))
        .doesNotContain("http:", "https:", "style=", "<style", "javascript:")
        .doesNotContainPattern("<script(?! type=\"module\" src=\"/web/[a-z]+\\.js\"></script>)")
        .doesNotContainPattern("\\son[a-z]+=");
    assertThat(all(".css")).doesNotContain("url(", "@import");
    assertThat(all(".js")).doesNotContain("http:", "https:", "eval(", "new Function");
  }

  @Test
  void bothLanguagesHaveTheSameTexts() throws IOException {
    String strings = Files.readString(FOLDER.resolve("strings.js"));
    String[] parts = strings.split("const zh = ");
    Set<String> english = found("(?m)^  (\\w+):", parts[0]);
    assertThat(english).hasSizeGreaterThan(50).isEqualTo(found("(?m)^  (\\w+):", parts[1]));
    assertThat(found("(\\{\\w+\\})", parts[0])).isEqualTo(found("(\\{\\w+\\})", parts[1]));
    Set<String> used = found("data-(?:text|placeholder|label)=\"(\\w+)\"", all(".html"));
    used.addAll(found("text\\(\"(\\w+)\"", all(".js")));
    assertThat(english).containsAll(used);
  }

  @Test
  void everyFieldAndGroupHasAName() throws IOException {
    String pages = all(".html");
    assertThat(found("<(?:input|textarea)[^>]* id=\"(\\w+)\"", pages))
        .isNotEmpty()
        .allSatisfy(
            id -> {
              boolean outside = pages.contains("for=\"" + id + "\"");
              boolean inside =
                  Pattern.compile("<label[^>]*><input[^>]* id=\"" + id).matcher(pages).find();
              assertThat(outside || inside).as(id).isTrue();
            });
    assertThat(pages).doesNotContainPattern("role=\"group\"(?![^>]*(aria-labelledby|data-label))");
  }
}
