/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.lang.model.element.AnnotationMirror;
import javax.lang.model.element.AnnotationValue;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.RecordComponentElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import org.jspecify.annotations.Nullable;

/** Reads the keys of a record and of the records inside it, in their order. */
final class OptionReader {
  static final String OPTION = "dev.dpo4j.config.Option";

  /** What {@code Option.NONE} is. */
  private static final String NO_DEFAULT = "\u0000none";

  private final List<OptionKey> keys = new ArrayList<>();

  private OptionReader() {}

  /** Returns the keys; a record without any has none. */
  static List<OptionKey> read(TypeElement type) {
    OptionReader reader = new OptionReader();
    reader.collect(type, Map.of());
    return List.copyOf(reader.keys);
  }

  /**
   * Collects the keys of a record.
   *
   * @param defaults defaults that win over those of the keys, by name
   */
  private void collect(TypeElement type, Map<String, String> defaults) {
    for (RecordComponentElement component : type.getRecordComponents()) {
      Map<String, AnnotationValue> option = option(component);
      @Nullable TypeElement nested = nested(component.asType());
      if (nested == null) {
        keys.add(key(component, option, defaults));
      } else {
        Map<String, String> inner = new LinkedHashMap<>();
        for (String entry : texts(option, "defaults")) {
          int equals = entry.indexOf('=');
          inner.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        inner.putAll(defaults);
        collect(nested, inner);
      }
    }
  }

  private static @Nullable TypeElement nested(TypeMirror type) {
    if (type instanceof DeclaredType declared
        && declared.asElement() instanceof TypeElement element
        && element.getKind() == ElementKind.RECORD) {
      return element;
    }
    return null;
  }

  private static OptionKey key(
      RecordComponentElement component,
      Map<String, AnnotationValue> option,
      Map<String, String> defaults) {
    String name = component.getSimpleName().toString();
    String own = text(option, "defaultValue", NO_DEFAULT);
    String chosen = defaults.getOrDefault(OptionKey.snakeCase(name), own);
    return new OptionKey(
        name,
        component.asType(),
        text(option, "help", ""),
        text(option, "difference", ""),
        text(option, "range", ""),
        texts(option, "choices"),
        chosen.equals(NO_DEFAULT) ? null : chosen);
  }

  private static Map<String, AnnotationValue> option(Element component) {
    Map<String, AnnotationValue> values = new LinkedHashMap<>();
    for (AnnotationMirror annotation : component.getAnnotationMirrors()) {
      if (annotation.getAnnotationType().toString().equals(OPTION)) {
        annotation
            .getElementValues()
            .forEach((method, value) -> values.put(method.getSimpleName().toString(), value));
      }
    }
    return values;
  }

  private static String text(Map<String, AnnotationValue> option, String name, String otherwise) {
    AnnotationValue value = option.get(name);
    return value == null ? otherwise : String.valueOf(value.getValue());
  }

  private static List<String> texts(Map<String, AnnotationValue> option, String name) {
    AnnotationValue value = option.get(name);
    if (value == null || !(value.getValue() instanceof List<?> items)) {
      return List.of();
    }
    return items.stream().map(item -> String.valueOf(((AnnotationValue) item).getValue())).toList();
  }
}
