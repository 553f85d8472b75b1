/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.model.family.JsonFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The layers and borders of {@code docs/design/001-layers-and-modules.md}. The table of that page
 * is what is checked: a new package gets its line there.
 */
class ArchitectureTest {
  private static final Path PAGE = Path.of("..", "docs", "design", "001-layers-and-modules.md");
  private static final Pattern LAYER = Pattern.compile("\\| (\\d) \\| (`[^|]*`) \\|");
  private static final Pattern ROOM = Pattern.compile("\\| `(\\w+)` \\| (`\\w[^|]*`) \\|");

  /** The modules whose packages form the layers of the table. */
  private static final List<String> LAYERED =
      List.of("dpo4j-io", "dpo4j-data", "dpo4j-curate", "dpo4j-core");

  /** What a public signature may not show: the engine and the libraries below us. */
  private static final DescribedPredicate<JavaClass> FOREIGN =
      resideInAnyPackage(
          "org.bytedeco..",
          "com.sun.jna..",
          "ai.djl..",
          "tools.jackson..",
          "com.fasterxml..",
          "io.javalin..",
          "org.eclipse.jetty..",
          "org.commonmark..");

  /** Public for the packages beside them, and no part of the API. */
  private static final DescribedPredicate<JavaClass> INTERNAL =
      resideInAnyPackage("dev.dpo4j.hub.http", "dev.dpo4j.hub.cache", "dev.dpo4j.hub.push")
          .or(
              JavaClass.Predicates.belongToAnyOf(
                  // Parsers of rows and of config.json, shared by several packages.
                  JsonRows.class, JsonFields.class));

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.dpo4j");

  /** Layer number to packages, as the page has them. */
  private static Map<Integer, List<String>> layers() throws IOException {
    Map<Integer, List<String>> layers = new TreeMap<>();
    Matcher rows = LAYER.matcher(Files.readString(PAGE));
    while (rows.find()) {
      layers.put(Integer.valueOf(rows.group(1)), names(rows.group(2)));
    }
    return layers;
  }

  /** Rooms to their packages from the ground up, as the page has them. */
  private static Map<String, List<String>> rooms() throws IOException {
    Map<String, List<String>> rooms = new TreeMap<>();
    Matcher rows = ROOM.matcher(Files.readString(PAGE));
    while (rows.find()) {
      rooms.put(rows.group(1), names(rows.group(2)));
    }
    return rooms;
  }

  private static List<String> names(String cell) {
    return Stream.of(cell.split(",")).map(name -> name.replace("`", "").strip()).toList();
  }

  private static String[] within(Collection<String> packages) {
    return packages.stream().map(name -> "dev.dpo4j." + name + "..").toArray(String[]::new);
  }

  @Test
  void everyPackageBelowThePagesAndCommandsHasItsLayer() throws IOException {
    Set<String> placed = new TreeSet<>();
    layers().values().forEach(placed::addAll);
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CODE) {
      if (LAYERED.stream().anyMatch(module -> isOf(type, module))) {
        found.add(room(type));
      }
    }
    assertThat(found).contains("io", "config", "judge", "tensor", "train", "api");
    assertThat(found).as("packages in the table of %s", PAGE).isEqualTo(placed);
  }

  private static boolean isOf(JavaClass type, String module) {
    return type.getSource()
        .map(source -> source.getUri().toString().contains("/" + module + "/"))
        .orElse(false);
  }

  /** The first name behind {@code dev.dpo4j}. */
  private static String room(JavaClass type) {
    return type.getPackageName().replaceFirst("dev\\.dpo4j\\.(\\w+).*", "$1");
  }

  @Test
  void everySubPackageHasItsPlaceInItsRoom() throws IOException {
    Map<String, Set<String>> found = new TreeMap<>();
    for (JavaClass type : CODE) {
      String name = type.getPackageName().substring("dev.dpo4j.".length());
      found.computeIfAbsent(room(type), room -> new TreeSet<>()).add(name);
    }
    found.keySet().removeIf(room -> found.get(room).size() < 2);
    Map<String, Set<String>> placed = new TreeMap<>();
    rooms().forEach((room, packages) -> placed.put(room, new TreeSet<>(packages)));
    assertThat(found).as("packages in the table of %s", PAGE).isEqualTo(placed);
  }

  @Test
  void noPackageOfARoomKnowsOneAboveIt() throws IOException {
    for (List<String> packages : rooms().values()) {
      for (int i = 0; i < packages.size() - 1; i++) {
        noClasses()
            .that()
            .resideInAPackage("dev.dpo4j." + packages.get(i))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                packages.subList(i + 1, packages.size()).stream()
                    .map(name -> "dev.dpo4j." + name)
                    .toArray(String[]::new))
            .check(CODE);
      }
    }
  }

  @Test
  void noLayerKnowsAHigherOne() throws IOException {
    Map<Integer, List<String>> layers = layers();
    assertThat(layers).hasSizeGreaterThanOrEqualTo(7);
    Set<String> above = new TreeSet<>();
    List<Integer> downwards = new ArrayList<>(layers.keySet());
    downwards.sort((a, b) -> b - a);
    for (int layer : downwards) {
      if (!above.isEmpty()) {
        noClasses()
            .that()
            .resideInAnyPackage(within(layers.get(layer)))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(within(above))
            .as("layer " + layer + " " + layers.get(layer) + " imports none of " + above)
            .allowEmptyShould(true)
            .check(CODE);
      }
      above.addAll(layers.get(layer));
    }
  }

  @Test
  void packagesFormNoCycle() {
    // Each package is a slice of its own, in whichever module and however deep it lies.
    slices().matching("dev.dpo4j.(**)").should().beFreeOfCycles().check(CODE);
  }

  @Test
  void nobodyBelowTheCommandLineKnowsTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.dpo4j.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.dpo4j.cli..", "picocli..", "ch.qos.logback..")
        .check(CODE);
  }

  @Test
  void everyLibraryIsKnownToOnePackage() {
    only("dev.dpo4j.tensor..", "org.bytedeco..");
    only("dev.dpo4j.tensor..", "com.sun.jna..");
    only("dev.dpo4j.tokenizer..", "ai.djl..");
    only("dev.dpo4j.web..", "io.javalin..");
    only("dev.dpo4j.web..", "org.eclipse.jetty..");
    only("dev.dpo4j.studio.markdown..", "org.commonmark..");
  }

  private static void only(String user, String library) {
    noClasses()
        .that()
        .resideOutsideOfPackage(user)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CODE);
  }

  @Test
  void theTemplateEngineNeedsNothingButTheJdk() {
    classes()
        .that()
        .resideInAPackage("dev.dpo4j.template..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "dev.dpo4j.template..", "org.jspecify.annotations..")
        .check(CODE);
    noClasses()
        .that()
        .resideInAPackage("dev.dpo4j.template..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.io..", "java.nio.file..", "java.lang.reflect..", "java.net..")
        .as("a chat template reaches no file, no network and no Java object")
        .check(CODE);
  }

  @Test
  void theHubClientNeedsNothingButTheJdkAndJackson() {
    classes()
        .that()
        .resideInAPackage("dev.dpo4j.hub..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "dev.dpo4j.hub..",
            "dev.dpo4j.io..",
            "org.jspecify.annotations..",
            "tools.jackson..")
        .check(CODE);
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.dpo4j.hub..", "dev.dpo4j.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.dpo4j.hub..")
        .check(CODE);
    noClasses()
        .that(resideIn("dpo4j-io", "dpo4j-data", "dpo4j-core"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.net.http..")
        .as("files, data and the core reach no network")
        .check(CODE);
  }

  private static DescribedPredicate<JavaClass> resideIn(String... modules) {
    return DescribedPredicate.describe(
        "reside in " + String.join(", ", modules),
        type -> Stream.of(modules).anyMatch(module -> isOf(type, module)));
  }

  @Test
  void dataAndCurationNeedNoEngine() {
    noClasses()
        .that(
            resideIn(
                "dpo4j-io",
                "dpo4j-data",
                "dpo4j-curate",
                "dpo4j-report",
                "dpo4j-web",
                "dpo4j-studio"))
        .should()
        .dependOnClassesThat(resideIn("dpo4j-core"))
        .check(CODE);
  }

  @Test
  void onlyTheCommandLineWritesToTheTerminal() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.dpo4j.cli..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(CODE);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CODE);
  }

  @Test
  void noForeignTypeStandsInAPublicSignature() {
    classes()
        .that()
        .resideOutsideOfPackage("dev.dpo4j.cli..")
        .and()
        .arePublic()
        .and(DescribedPredicate.not(INTERNAL))
        .should(showOnlyOurTypes())
        .check(CODE);
  }

  private static ArchCondition<JavaClass> showOnlyOurTypes() {
    return new ArchCondition<>("show no foreign type in public or protected members") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaMember member : type.getMembers()) {
          boolean open =
              member.getModifiers().contains(JavaModifier.PUBLIC)
                  || member.getModifiers().contains(JavaModifier.PROTECTED);
          if (open && shown(member).stream().anyMatch(FOREIGN)) {
            events.add(
                SimpleConditionEvent.violated(
                    member, member.getFullName() + " shows a foreign type"));
          }
        }
      }
    };
  }

  private static Set<JavaClass> shown(JavaMember member) {
    if (member instanceof JavaCodeUnit unit) {
      Set<JavaClass> types = new HashSet<>(unit.getReturnType().getAllInvolvedRawTypes());
      unit.getParameterTypes().forEach(type -> types.addAll(type.getAllInvolvedRawTypes()));
      unit.getExceptionTypes().forEach(type -> types.addAll(type.getAllInvolvedRawTypes()));
      return types;
    }
    return member.getAllInvolvedRawTypes();
  }
}
