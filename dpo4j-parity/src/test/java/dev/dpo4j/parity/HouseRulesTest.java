/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The rules of CONTRIBUTING.md that are counted in the sources. */
class HouseRulesTest {
  private static final int CLASS_LINES = 500;
  private static final int METHOD_LINES = 60;
  private static final int LOOP_LINES = 300;
  private static final int PACKAGE_FILES = 25;

  /** Packages that hold more files, or a single one, each with its reason. */
  private static final Map<String, String> OTHER_PACKAGES =
      Map.of("dev/dpo4j/studio/markdown", "the only one that knows the Markdown renderer");

  @Test
  void classesAndMethodsStayShortAndImportsAreNamed() throws IOException {
    List<Path> sources = sources();
    assertThat(sources).hasSizeGreaterThan(300);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> faults = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        unit.accept(new Counter(unit, positions, faults), null);
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void noPackageHoldsMoreFilesThanAReaderCanKeepInMind() throws IOException {
    Map<String, Integer> files = new TreeMap<>();
    for (Path source : sources()) {
      Path folder = source.getParent();
      if (source.toString().contains("/src/main/java/dev/")
          && !source.endsWith("package-info.java")) {
        files.merge(folder.toString().replaceFirst(".*/src/main/java/", ""), 1, Integer::sum);
      }
    }
    assertThat(files)
        .hasSizeGreaterThan(50)
        .containsKeys(OTHER_PACKAGES.keySet().toArray(String[]::new));
    files.keySet().removeAll(OTHER_PACKAGES.keySet());
    assertThat(files).allSatisfy((name, count) -> assertThat(count).isBetween(2, PACKAGE_FILES));
  }

  @Test
  void oneNameMeansOneType() throws IOException {
    Map<String, String> places = new TreeMap<>();
    List<String> twins = new ArrayList<>();
    for (Path source : sources()) {
      String name = String.valueOf(source.getFileName());
      // Projects of others, each alone; so their names are what they like.
      if (source.toString().contains("/src/main/java/")
          && !source.startsWith(Path.of("..", "examples", "consumers"))
          && !name.matches("(package|module)-info.java")) {
        String twin = places.put(name, source.toString());
        if (twin != null) {
          twins.add(twin + " and " + source);
        }
      }
    }
    assertThat(places).containsKey("TrainLoop.java");
    assertThat(twins).isEmpty();
  }

  /** Main and test sources of all modules, and the examples. */
  private static List<Path> sources() throws IOException {
    List<Path> roots = new ArrayList<>(List.of(Path.of("..", "examples")));
    try (Stream<Path> modules = Files.list(Path.of(".."))) {
      modules.map(module -> module.resolve("src")).filter(Files::isDirectory).forEach(roots::add);
    }
    List<Path> sources = new ArrayList<>();
    for (Path root : roots) {
      try (Stream<Path> files = Files.walk(root)) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    return sources;
  }

  /** Walks over one file and notes what breaks a rule. */
  private static final class Counter extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> faults;

    Counter(CompilationUnitTree unit, SourcePositions positions, List<String> faults) {
      this.unit = unit;
      this.positions = positions;
      this.faults = faults;
    }

    @Override
    public Void visitImport(ImportTree tree, Void nothing) {
      String name = tree.getQualifiedIdentifier().toString();
      if (name.endsWith(".*") || name.startsWith("lombok.")) {
        fault(tree, "imports " + name);
      }
      return super.visitImport(tree, nothing);
    }

    @Override
    public Void visitClass(ClassTree tree, Void nothing) {
      boolean loop = tree.getSimpleName().contentEquals("TrainLoop");
      limit(tree, "class " + tree.getSimpleName(), loop ? LOOP_LINES : CLASS_LINES);
      return super.visitClass(tree, nothing);
    }

    @Override
    public Void visitMethod(MethodTree tree, Void nothing) {
      limit(tree, "method " + tree.getName(), METHOD_LINES);
      return super.visitMethod(tree, nothing);
    }

    private void limit(Tree tree, String what, int most) {
      long lines = line(positions.getEndPosition(unit, tree)) - first(tree) + 1;
      if (lines > most) {
        fault(tree, "%s has %d lines, at most %d are allowed".formatted(what, lines, most));
      }
    }

    private long first(Tree tree) {
      return line(positions.getStartPosition(unit, tree));
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }

    private void fault(Tree tree, String text) {
      faults.add("%s:%d: %s".formatted(unit.getSourceFile().getName(), first(tree), text));
    }
  }
}
