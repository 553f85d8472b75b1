/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.processor;

import java.util.List;
import java.util.TreeSet;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;

/** The source of one builder, setter by setter. */
final class BuilderSource {
  private static final String VALUE = "dev.dpo4j.config.value.Value";

  private final String packageName;
  private final String record;
  private final String builder;
  private final TreeSet<String> imports =
      new TreeSet<>(List.of("dev.dpo4j.config.OptionValues", "java.util.Objects"));
  private final StringBuilder setters = new StringBuilder();

  BuilderSource(String packageName, String record) {
    this.packageName = packageName;
    this.record = record;
    this.builder = record + "Builder";
  }

  String qualifiedName() {
    return packageName + "." + builder;
  }

  /** Adds the setters of a key. */
  void add(OptionKey key) {
    TypeMirror type = key.type();
    if (!(type instanceof DeclaredType declared)) {
      setter(key, type.toString(), "set");
      return;
    }
    String name = ((TypeElement) declared.asElement()).getQualifiedName().toString();
    switch (name) {
      case "java.util.List" -> list(key, declared.getTypeArguments().get(0));
      case "java.util.Map" -> map(key, declared);
      case "java.lang.Double" -> number(key, "double", declared);
      case "java.lang.Long" -> number(key, "long", declared);
      case VALUE -> {
        setter(key, nullable(key, declared), "set");
        setter(key, nullable("String"), "setJson");
      }
      default -> {
        setter(key, nullable(key, declared), "set");
        if (isSwitch(declared.asElement())) {
          imports.add(name);
          String constant = ((TypeElement) declared.asElement()).getSimpleName().toString();
          setter(
              key,
              "boolean",
              "set",
              "%s ? %s.TRUE : %s.FALSE".formatted(key.component(), constant, constant));
        }
      }
    }
  }

  /** A number that may be null; a literal of another type of number should do, too. */
  private void number(OptionKey key, String primitive, DeclaredType boxed) {
    setter(key, primitive, "set");
    setter(key, nullable(show(boxed)), "set");
  }

  private void list(OptionKey key, TypeMirror element) {
    boolean isNumber = element.toString().equals("java.lang.Double");
    setter(
        key, (isNumber ? "double" : show(element)) + "...", "set", isNumber ? "" : "List.of(%s)");
    setter(key, nullable(key, "List<" + show(element) + ">"), "set");
    imports.add("java.util.List");
  }

  private void map(OptionKey key, DeclaredType type) {
    imports.add("java.util.Map");
    boolean texts = type.getTypeArguments().get(1).toString().equals("java.lang.String");
    if (texts) {
      setter(key, "Map<String, ?>", "setTexts");
    } else {
      setter(key, nullable(key, show(type)), "set");
    }
  }

  /** An enum that stands for a switch with a third position. */
  private static boolean isSwitch(Element type) {
    List<String> constants =
        type.getKind() == ElementKind.ENUM
            ? type.getEnclosedElements().stream()
                .filter(member -> member.getKind() == ElementKind.ENUM_CONSTANT)
                .map(member -> member.getSimpleName().toString())
                .toList()
            : List.of();
    return constants.contains("TRUE") && constants.contains("FALSE");
  }

  private void setter(OptionKey key, String type, String method) {
    setter(key, type, method, "");
  }

  private void setter(OptionKey key, String type, String method, String expression) {
    String value =
        expression.isEmpty() ? key.component() : expression.replace("%s", key.component());
    setters
        .append('\n')
        .append(BuilderText.javadoc(key))
        .append(
            "  public %s %s(%s %s) {\n".formatted(builder, key.component(), type, key.component()))
        .append("    values.%s(\"%s\", %s);\n".formatted(method, key.name(), value))
        .append("    return this;\n  }\n");
  }

  /** What has no default may be null, and so may a number or a switch that is boxed. */
  private String nullable(OptionKey key, DeclaredType type) {
    boolean boxed = type.toString().matches("java\\.lang\\.(Integer|Boolean)");
    return boxed ? nullable(show(type)) : nullable(key, show(type));
  }

  private String nullable(OptionKey key, String type) {
    return key.defaultText() == null ? nullable(type) : type;
  }

  private String nullable(String type) {
    imports.add("org.jspecify.annotations.Nullable");
    int dot = type.lastIndexOf('.', type.indexOf('<') < 0 ? type.length() : type.indexOf('<'));
    return type.substring(0, dot + 1) + "@Nullable " + type.substring(dot + 1);
  }

  /** Returns a type by its simple name and imports it. */
  private String show(TypeMirror type) {
    if (type.getKind() != TypeKind.DECLARED) {
      return type.toString();
    }
    DeclaredType declared = (DeclaredType) type;
    TypeElement element = (TypeElement) declared.asElement();
    String name = element.getSimpleName().toString();
    TypeElement outer = element;
    while (outer.getEnclosingElement() instanceof TypeElement enclosing) {
      outer = enclosing;
      name = outer.getSimpleName() + "." + name;
    }
    String qualified = outer.getQualifiedName().toString();
    if (!qualified.startsWith("java.lang.") && !qualified.startsWith(packageName + ".")) {
      imports.add(qualified);
    }
    List<String> arguments = declared.getTypeArguments().stream().map(this::show).toList();
    return arguments.isEmpty() ? name : name + "<" + String.join(", ", arguments) + ">";
  }

  /** The whole file. */
  String text() {
    StringBuilder text = new StringBuilder("/* SPDX-License-Identifier: Apache-2.0 */\n");
    text.append("package ").append(packageName).append(";\n\n");
    imports.forEach(name -> text.append("import ").append(name).append(";\n"));
    return text.append(BuilderText.HEAD.replace("RECORD", record).replace("BUILDER", builder))
        .append(setters)
        .append("}\n")
        .toString();
  }
}
