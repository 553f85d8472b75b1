/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuilderProcessorTest {
  /** What the processor knows by name only; the real ones are in dpo4j-data. */
  private static final List<String> ANNOTATIONS =
      List.of(
          "package dev.dpo4j.config; public @interface GenerateBuilder {}",
          """
          package dev.dpo4j.config;
          public @interface Option {
            String NONE = "\\u0000none";
            String help() default "";
            String defaultValue() default NONE;
            String range() default "";
            String[] choices() default {};
            String difference() default "";
            String[] defaults() default {};
          }
          """,
          """
          package dev.dpo4j.config;
          public final class OptionValues<T extends Record> {
            public static <T extends Record> OptionValues<T> of(Class<T> type) { return null; }
            public static <T extends Record> OptionValues<T> of(T record) { return null; }
            public void set(String key, Object value) {}
            public void set(String key, double[] numbers) {}
            public void setTexts(String key, java.util.Map<String, ?> map) {}
            public void setJson(String key, String json) {}
            public T build(String where) { return null; }
          }
          """,
          "package dev.dpo4j.config.value; public interface Value {}");

  private static final String OPTIONS =
      """
      package shop;
      import dev.dpo4j.config.Option;
      import dev.dpo4j.config.value.Value;
      import java.nio.file.Path;
      import java.util.List;
      import java.util.Map;
      public record StockOptions(
          @Option(help = "Most items <on> a shelf.", defaultValue = "8", range = "[1,inf)")
              int mostItems,
          @Option(help = "Share that is sold.", difference = "Shops know no share.") Double soldShare,
          @Option(defaultValue = "7") Long seed,
          @Option(defaultValue = "a", choices = {"a", "b"}) List<String> names,
          @Option List<Double> weights,
          @Option(defaultValue = "{}") Map<String, String> labels,
          @Option Value structure,
          @Option Path folder,
          @Option(defaultValue = "auto") Heating heating,
          @Option(defaultValue = "open") Door.State door) {
        public enum Heating { AUTO, TRUE, FALSE }
      }
      """;

  private static final String DOOR =
      "package shop; public class Door { public enum State { OPEN } }";

  private static final String CONFIG =
      """
      package shop;
      import dev.dpo4j.config.GenerateBuilder;
      import dev.dpo4j.config.Option;
      @GenerateBuilder
      public record ShopConfig(
          @Option(help = "Stock", defaults = "most_items=12") StockOptions stock,
          @Option(help = "Says hello.") boolean hello) {}
      """;

  @TempDir Path folder;

  /** Compiles, first some sources alone so that they are seen as class files, then the others. */
  private List<String> compile(List<String> earlier, List<String> sources) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    if (!earlier.isEmpty()) {
      assertThat(run(earlier, classes)).isEmpty();
    }
    return run(sources, classes);
  }

  private List<String> run(List<String> sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<Path> files = new ArrayList<>();
    for (String source : sources) {
      String name =
          source.replaceAll("(?s).*?(?:record|@interface|class|interface) (\\w+).*", "$1");
      files.add(Files.writeString(folder.resolve(name + ".java"), source));
    }
    String path = classes + java.io.File.pathSeparator + System.getProperty("java.class.path");
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
      JavaCompiler.CompilationTask task =
          compiler.getTask(
              null,
              manager,
              found,
              List.of("-d", classes.toString(), "-s", folder.toString(), "-cp", path, "-Xlint:all"),
              null,
              manager.getJavaFileObjectsFromPaths(files));
      task.setProcessors(List.of(new BuilderProcessor()));
      task.call();
    }
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() != Diagnostic.Kind.NOTE)
        .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
        .filter(message -> !message.contains("SupportedAnnotationTypes"))
        .filter(message -> !message.contains("No processor claimed"))
        .toList();
  }

  private String builder() throws IOException {
    List<String> earlier = new ArrayList<>(ANNOTATIONS);
    earlier.addAll(List.of(DOOR, OPTIONS));
    assertThat(compile(earlier, List.of(CONFIG))).isEmpty();
    return Files.readString(folder.resolve("shop").resolve("ShopConfigBuilder.java"));
  }

  @Test
  void everyKeyOfANestedRecordGetsASetterOfItsType() throws IOException {
    assertThat(builder())
        .contains(
            "ShopConfigBuilder mostItems(int mostItems)",
            "ShopConfigBuilder soldShare(double soldShare)",
            "ShopConfigBuilder soldShare(@Nullable Double soldShare)",
            "ShopConfigBuilder seed(long seed)",
            "ShopConfigBuilder names(String... names)",
            "ShopConfigBuilder names(List<String> names)",
            "ShopConfigBuilder weights(double... weights)",
            "ShopConfigBuilder weights(@Nullable List<Double> weights)",
            "ShopConfigBuilder labels(Map<String, ?> labels)",
            "ShopConfigBuilder structure(@Nullable String structure)",
            "ShopConfigBuilder folder(@Nullable Path folder)",
            "ShopConfigBuilder heating(StockOptions.Heating heating)",
            "ShopConfigBuilder heating(boolean heating)",
            "ShopConfigBuilder door(Door.State door)",
            "ShopConfigBuilder hello(boolean hello)",
            "values.set(\"most_items\", mostItems)");
  }

  @Test
  void theHelpBecomesTheJavadoc() throws IOException {
    assertThat(builder())
        .contains(
            "   * Most items &lt;on&gt; a shelf.\n",
            "Key {@code most_items}, in {@code [1,inf)}; the default is {@code 12}.",
            "   * <p>Difference from TRL: Shops know no share.\n",
            "Key {@code names}, one of {@code a, b}; the default is {@code a}.",
            "Key {@code labels}; empty by default.",
            "Key {@code folder}; not set by default.");
  }

  @Test
  void aSecondKeyOfTheSameNameIsAnError() throws IOException {
    String twice =
        """
        package shop;
        @dev.dpo4j.config.GenerateBuilder
        public record TwiceConfig(Part part, int size) {
          public record Part(int size) {}
        }
        """;
    assertThat(compile(ANNOTATIONS, List.of(twice)))
        .anySatisfy(message -> assertThat(message).contains("two keys called size"));
  }

  @Test
  void aClassThatIsNoRecordIsAnError() throws IOException {
    String plain = "package shop; @dev.dpo4j.config.GenerateBuilder public class PlainConfig {}";
    assertThat(compile(ANNOTATIONS, List.of(plain)))
        .anySatisfy(message -> assertThat(message).contains("PlainConfig is no record"));
  }
}
