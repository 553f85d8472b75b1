/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import java.io.IOException;
import java.io.Writer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;

/** Writes a builder for each record that carries {@code dev.dpo4j.config.GenerateBuilder}. */
@SupportedAnnotationTypes(BuilderProcessor.ANNOTATION)
public final class BuilderProcessor extends AbstractProcessor {
  static final String ANNOTATION = "dev.dpo4j.config.GenerateBuilder";

  /** Called by the compiler. */
  public BuilderProcessor() {}

  @Override
  public SourceVersion getSupportedSourceVersion() {
    return SourceVersion.latestSupported();
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    for (TypeElement annotation : annotations) {
      for (Element element : round.getElementsAnnotatedWith(annotation)) {
        if (element instanceof TypeElement type && type.getKind() == ElementKind.RECORD) {
          write(type);
        } else {
          error("is no record, and a builder is generated for records alone", element);
        }
      }
    }
    return false;
  }

  private void write(TypeElement type) {
    List<OptionKey> keys = OptionReader.read(type);
    Set<String> names = new HashSet<>();
    for (OptionKey key : keys) {
      if (!names.add(key.component())) {
        error("has two keys called " + key.name() + ": a flat builder cannot set both", type);
        return;
      }
    }
    String packageName =
        processingEnv.getElementUtils().getPackageOf(type).getQualifiedName().toString();
    BuilderSource source = new BuilderSource(packageName, type.getSimpleName().toString());
    keys.forEach(source::add);
    try (Writer out =
        processingEnv.getFiler().createSourceFile(source.qualifiedName(), type).openWriter()) {
      out.write(source.text());
    } catch (IOException e) {
      error("could not get its builder " + source.qualifiedName() + ": " + e, type);
    }
  }

  private void error(String message, Element element) {
    processingEnv
        .getMessager()
        .printMessage(Diagnostic.Kind.ERROR, element.getSimpleName() + " " + message, element);
  }
}
