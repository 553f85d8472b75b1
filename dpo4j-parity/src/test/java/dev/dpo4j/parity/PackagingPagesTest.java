/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

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

/** The pages for those who depend on dpo4j say what the poms and the tried projects say. */
class PackagingPagesTest {
  private static final Path ROOT = Path.of("..");
  private static final Path CONSUMERS = ROOT.resolve("examples/consumers");
  private static final Path FRAMEWORKS = ROOT.resolve("docs/how-to/use-with-frameworks.md");
  private static final Path MAVEN = ROOT.resolve("docs/reference/maven.md");

  /** A text without indentation. */
  private static String flat(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  private static List<String> blocks(Path page, String language) throws IOException {
    Pattern block = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL);
    return block.matcher(Files.readString(page)).results().map(m -> flat(m.group(1))).toList();
  }

  private static String consumers(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(CONSUMERS)) {
      StringBuilder all = new StringBuilder();
      for (Path file :
          files
              .filter(file -> file.toString().endsWith(ending))
              .filter(file -> !file.toString().contains("target"))
              .toList()) {
        all.append(flat(Files.readString(file))).append('\n');
      }
      return all.toString();
    }
  }

  /** Modules of the build that are published: all but those that skip it. */
  static Set<String> published() throws IOException {
    Set<String> names = new TreeSet<>();
    Matcher modules =
        Pattern.compile("<module>(.*?)</module>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    while (modules.find()) {
      String pom = Files.readString(ROOT.resolve(modules.group(1)).resolve("pom.xml"));
      if (!pom.contains("<maven.deploy.skip>true") && !pom.contains("<packaging>pom")) {
        names.add(modules.group(1));
      }
    }
    return names;
  }

  private static Set<String> found(Path file, String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void whatThePageOfFrameworksShowsStandsInTheProjectsThatAreTried() throws IOException {
    assertThat(blocks(FRAMEWORKS, "xml")).hasSizeGreaterThan(3);
    for (String block : blocks(FRAMEWORKS, "xml")) {
      assertThat(consumers("pom.xml")).contains(block);
    }
    assertThat(blocks(FRAMEWORKS, "java")).isNotEmpty();
    for (String block : blocks(FRAMEWORKS, "java")) {
      assertThat(consumers(".java")).contains(block);
    }
  }

  @Test
  void theNativesOfThePageStandInTheProjectsThatAreTried() throws IOException {
    assertThat(consumers("pom.xml")).contains(blocks(MAVEN, "xml").get(1));
  }

  @Test
  void theBomAndThePageListEveryPublishedModule() throws IOException {
    assertThat(published()).contains("dpo4j-io", "dpo4j-core").doesNotContain("dpo4j-cli");
    assertThat(
            found(
                ROOT.resolve("dpo4j-bom/pom.xml"),
                "(?m)^ +<artifactId>(dpo4j-(?!bom|parent)[a-z-]*)<"))
        .isEqualTo(published());
    assertThat(found(MAVEN, "(?m)^\\| `(dpo4j-[a-z-]+)` \\|")).isEqualTo(published());
  }

  @Test
  void theVersionOfTheAnnotationsIsThatOfTheBom() throws IOException {
    Path pom = ROOT.resolve("pom.xml");
    assertThat(found(FRAMEWORKS, "jackson-annotations</artifactId>\\s+<version>(.*?)<"))
        .isEqualTo(found(pom, "<jackson-annotations.version>(.*?)<"));
  }

  @Test
  void theProjectsUseTheVersionOfThisBuild() throws IOException {
    Set<String> version = found(ROOT.resolve("dpo4j-bom/pom.xml"), "(?m)^    <version>(.*?)<");
    assertThat(version).hasSize(1);
    for (String project : List.of("maven", "spring-boot-3", "spring-boot-4", "quarkus")) {
      assertThat(found(CONSUMERS.resolve(project).resolve("pom.xml"), "<dpo4j.version>(.*?)<"))
          .as(project)
          .isEqualTo(version);
    }
  }
}
