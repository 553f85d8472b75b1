/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Guards the exported packages: a changed signature is seen in review, as a changed line of {@code
 * src/test/api}.
 *
 * <p>{@code mvn -Dquick test -pl dpo4j-parity -am -Dtest=ExportedApiTest -Ddpo4j.update=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes the listings anew.
 */
class ExportedApiTest {
  private static final Path LISTINGS = Path.of("src", "test", "api");

  /** Shared by packages of ours, with types of Jackson; no API, which its Javadoc says. */
  private static final Set<String> NO_API =
      Set.of("dev.dpo4j.data.row.JsonRows", "dev.dpo4j.model.family.JsonFields");

  private static final String RENEW =
      """
      The API of %s is not as listed in %s. If the change is wanted, renew the listing and commit it with the \
      change: mvn -Dquick test -pl dpo4j-parity -am -Dtest=ExportedApiTest -Ddpo4j.update=true \
      -Dsurefire.failIfNoSpecifiedTests=false""";

  /** The modules of this build that have a descriptor, by the name of their folder. */
  private static Map<String, ExportedApi> modules() throws IOException {
    Map<String, ExportedApi> modules = new TreeMap<>();
    try (Stream<Path> folders = Files.list(Path.of(".."))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        ExportedApi api = ExportedApi.of(folder);
        if (api != null) {
          modules.put(folder.getFileName().toString(), api);
        }
      }
    }
    return modules;
  }

  @Test
  void theExportedSignaturesAreThoseThatAreListed() throws IOException {
    Map<String, ExportedApi> modules = modules();
    assertThat(modules)
        .containsKeys("dpo4j-io", "dpo4j-chat-template", "dpo4j-hub", "dpo4j-data", "dpo4j-core");
    boolean update = Boolean.getBoolean("dpo4j.update");
    for (Map.Entry<String, ExportedApi> module : modules.entrySet()) {
      Path file = LISTINGS.resolve(module.getKey() + ".txt");
      List<String> now = module.getValue().lines();
      assertThat(now).as(module.getKey()).isNotEmpty();
      if (update) {
        Files.createDirectories(LISTINGS);
        Files.write(file, now);
      }
      List<String> listed = Files.exists(file) ? Files.readAllLines(file) : List.of();
      assertThat(difference(listed, now)).as(RENEW.formatted(module.getKey(), file)).isEmpty();
    }
    try (Stream<Path> files = Files.list(LISTINGS)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".txt", "")))
          .as("listings of modules that exist")
          .containsExactlyInAnyOrderElementsOf(modules.keySet());
    }
  }

  /** Lines that one of two listings lacks, each below the type that it belongs to. */
  private static List<String> difference(List<String> listed, List<String> now) {
    Set<String> before = new TreeSet<>(owned(listed));
    Set<String> after = new TreeSet<>(owned(now));
    List<String> difference = new ArrayList<>();
    before.stream().filter(line -> !after.contains(line)).forEach(l -> difference.add("- " + l));
    after.stream().filter(line -> !before.contains(line)).forEach(l -> difference.add("+ " + l));
    return difference;
  }

  private static List<String> owned(List<String> lines) {
    List<String> owned = new ArrayList<>();
    String owner = "";
    for (String line : lines) {
      owner = line.startsWith(" ") ? owner : line;
      owned.add(line.startsWith(" ") ? owner + line : line);
    }
    return owned;
  }

  @Test
  void everyTypeInAnExportedSignatureIsExported() throws IOException {
    Map<String, ExportedApi> modules = modules();
    Set<String> exported = new TreeSet<>();
    modules.values().forEach(api -> exported.addAll(api.packages()));
    Set<String> faults = new TreeSet<>();
    for (ExportedApi api : modules.values()) {
      for (Class<?> type : api.types()) {
        if (!NO_API.contains(type.getName())) {
          for (Class<?> shown : ExportedApi.shownBy(type)) {
            if (!isForEverybody(shown, exported)) {
              faults.add(type.getName() + " shows " + shown.getName());
            }
          }
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  private static boolean isForEverybody(Class<?> type, Set<String> exported) {
    String name = type.getName();
    return type.isPrimitive()
        || name.startsWith("java.")
        || exported.contains(type.getPackageName()) && ExportedApi.isVisible(type);
  }

  @Test
  void everyPublishedModuleHasADescriptor() throws IOException {
    Set<String> published = PackagingPagesTest.published();
    // Spark's jars share packages, so that no module can require them.
    assertThat(published.remove("dpo4j-spark")).isTrue();
    assertThat(modules().keySet()).containsAll(published);
  }
}
