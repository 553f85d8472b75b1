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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The layers and borders of {@code docs/design/001-layers-and-modules.md}. The table of that page
 * is what is checked: a new package gets its line there.
 */
class ArchitectureTest {
  private static final Path PAGE = Path.of("..", "docs", "design", "001-layers-and-modules.md");
  private static final Pattern ROW = Pattern.compile("\\| (\\d) \\| (`[^|]*`) \\|");

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

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.dpo4j");

  /** Layer number to packages, as the page has them. */
  private static Map<Integer, Set<String>> layers() throws IOException {
    Map<Integer, Set<String>> layers = new TreeMap<>();
    Matcher rows = ROW.matcher(Files.readString(PAGE));
    while (rows.find()) {
      Set<String> packages = new TreeSet<>();
      for (String name : rows.group(2).split(",")) {
        packages.add(name.replace("`", "").strip());
      }
      layers.put(Integer.valueOf(rows.group(1)), packages);
    }
    return layers;
  }

  private static String[] within(Set<String> packages) {
    return packages.stream().map(name -> "dev.dpo4j." + name + "..").toArray(String[]::new);
  }

  @Test
  void everyPackageOfTheCoreHasItsLayer() throws IOException {
    Set<String> placed = new TreeSet<>();
    layers().values().forEach(placed::addAll);
    Set<String> found = new TreeSet<>();
    for (JavaClass type : CODE) {
      if (ofCore(type)) {
        found.add(type.getPackageName().replaceFirst("dev\\.dpo4j\\.(\\w+).*", "$1"));
      }
    }
    assertThat(found).contains("tensor", "train", "api");
    assertThat(placed).as("packages in the table of %s", PAGE).containsAll(found);
  }

  private static boolean ofCore(JavaClass type) {
    return type.getSource()
        .map(source -> source.getUri().toString().contains("dpo4j-core"))
        .orElse(false);
  }

  @Test
  void noLayerKnowsAHigherOne() throws IOException {
    Map<Integer, Set<String>> layers = layers();
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
    slices().matching("dev.dpo4j.(*)..").should().beFreeOfCycles().check(CODE);
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
    only("dev.dpo4j.tensor.cuda..", "com.sun.jna..");
    only("dev.dpo4j.tokenizer..", "ai.djl..");
    only("dev.dpo4j.studio.server..", "io.javalin..");
    only("dev.dpo4j.studio.server..", "org.eclipse.jetty..");
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
            "java..", "dev.dpo4j.hub..", "org.jspecify.annotations..", "tools.jackson..")
        .check(CODE);
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.dpo4j.hub..", "dev.dpo4j.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.dpo4j.hub..")
        .as("the core reaches no network")
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
