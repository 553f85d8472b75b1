/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a module exports to everybody: its public types with their public and protected members.
 *
 * @param module the descriptor, as compiled
 * @param classes the folder of its class files
 */
record ExportedApi(ModuleDescriptor module, Path classes) {
  /** Reads what a module of this build was compiled to; null where it has no descriptor. */
  static ExportedApi of(Path folder) {
    Path classes = folder.resolve("target/classes");
    Path descriptor = classes.resolve("module-info.class");
    if (!Files.exists(descriptor)) {
      return null;
    }
    try (InputStream in = Files.newInputStream(descriptor)) {
      return new ExportedApi(ModuleDescriptor.read(in), classes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The packages that everybody may use. */
  Set<String> packages() {
    return module.exports().stream()
        .filter(export -> !export.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The types that everybody may use, by name. */
  List<Class<?>> types() {
    List<Class<?>> types = new ArrayList<>();
    for (String name : packages()) {
      Path folder = classes.resolve(name.replace('.', '/'));
      try (Stream<Path> files = Files.list(folder)) {
        files
            .map(file -> file.getFileName().toString())
            .filter(file -> file.endsWith(".class") && !file.equals("package-info.class"))
            .map(file -> load(name + "." + file.replaceFirst("\\.class$", "")))
            .filter(ExportedApi::isVisible)
            .forEach(types::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    types.sort((a, b) -> a.getName().compareTo(b.getName()));
    return types;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, ExportedApi.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Tells whether others can name a type: it and all around it are public or protected. */
  static boolean isVisible(Class<?> type) {
    Class<?> around = type.getEnclosingClass();
    return !type.isAnonymousClass()
        && !type.isLocalClass()
        && isVisible(type.getModifiers())
        && (around == null || isVisible(around));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  /** The whole listing: a line for each type, and one for each member below it. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Class<?> type : types()) {
      lines.add(shown(declaration(type)));
      members(type).stream().map(ExportedApi::line).sorted().forEach(lines::add);
    }
    return lines;
  }

  private static String declaration(Class<?> type) {
    String above =
        type.getGenericSuperclass() == null
                || type.getSuperclass() == Object.class
                || type.isEnum()
                || type.isRecord()
            ? ""
            : " extends " + type.getGenericSuperclass().getTypeName();
    String interfaces =
        Arrays.stream(type.getGenericInterfaces())
            .map(Type::getTypeName)
            .sorted()
            .collect(Collectors.joining(", "));
    String components =
        type.isRecord()
            ? Arrays.stream(type.getRecordComponents())
                .map(
                    component ->
                        component.getGenericType().getTypeName() + " " + component.getName())
                .collect(Collectors.joining(", ", "(", ")"))
            : "";
    return type.toGenericString()
        + components
        + above
        + (interfaces.isEmpty() ? "" : " : " + interfaces);
  }

  /**
   * Members that others can use; what each record and enum has, and overrides of Object, are left
   * out.
   */
  static List<Member> members(Class<?> type) {
    List<Member> members = new ArrayList<>();
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (!type.isRecord()) {
        members.add(constructor);
      }
    }
    Set<String> components = new HashSet<>(Set.of("toString", "hashCode", "equals"));
    if (type.isRecord()) {
      Arrays.stream(type.getRecordComponents()).forEach(c -> components.add(c.getName()));
    }
    if (type.isEnum()) {
      components.addAll(Set.of("values", "valueOf"));
    }
    for (Method method : type.getDeclaredMethods()) {
      boolean plain = components.contains(method.getName()) && method.getParameterCount() < 2;
      if (!plain && !method.isBridge()) {
        members.add(method);
      }
    }
    members.addAll(Arrays.asList(type.getDeclaredFields()));
    members.removeIf(member -> member.isSynthetic() || !isVisible(member.getModifiers()));
    return members;
  }

  private static String line(Member member) {
    String text =
        member instanceof Field field
            ? field.toGenericString()
            : ((Executable) member).toGenericString();
    String owner = member.getDeclaringClass().getName();
    String last = owner.substring(owner.lastIndexOf('.') + 1);
    // The owner stands above: a constructor keeps its simple name, others lose it.
    text = text.replace(owner + ".", "").replace(owner + "(", last + "(");
    return "  " + shown(text);
  }

  /** A signature without the names that every reader knows, and without what is no promise. */
  private static String shown(String text) {
    return text.replaceAll("\\bjava\\.(lang|util|io|nio\\.file|util\\.function)\\.(?=[A-Z])", "")
        .replace("dev.dpo4j.", "")
        .replaceAll("\\b(native|synchronized|strictfp|transient|volatile) ", "")
        .replaceAll(" throws .*", "");
  }

  /** All classes that a type and its members show to others. */
  static Set<Class<?>> shownBy(Class<?> type) {
    Set<Class<?>> shown = new HashSet<>();
    collect(type.getGenericSuperclass(), shown);
    Arrays.stream(type.getGenericInterfaces()).forEach(each -> collect(each, shown));
    Arrays.stream(type.getTypeParameters()).forEach(each -> collect(each, shown));
    if (type.isRecord()) {
      Arrays.stream(type.getRecordComponents())
          .forEach(component -> collect(component.getGenericType(), shown));
    }
    for (Member member : members(type)) {
      if (member instanceof Field field) {
        collect(field.getGenericType(), shown);
      } else if (member instanceof Executable executable) {
        Arrays.stream(executable.getGenericParameterTypes()).forEach(each -> collect(each, shown));
        Arrays.stream(executable.getTypeParameters()).forEach(each -> collect(each, shown));
        if (executable instanceof Method method) {
          collect(method.getGenericReturnType(), shown);
        }
      }
    }
    return shown;
  }

  private static void collect(Type type, Set<Class<?>> into) {
    if (type instanceof Class<?> plain) {
      Class<?> element = plain;
      while (element.isArray()) {
        element = element.getComponentType();
      }
      into.add(element);
    } else if (type instanceof ParameterizedType generic) {
      collect(generic.getRawType(), into);
      Arrays.stream(generic.getActualTypeArguments()).forEach(each -> collect(each, into));
    } else if (type instanceof GenericArrayType array) {
      collect(array.getGenericComponentType(), into);
    } else if (type instanceof WildcardType wildcard) {
      Arrays.stream(wildcard.getUpperBounds()).forEach(each -> collect(each, into));
      Arrays.stream(wildcard.getLowerBounds()).forEach(each -> collect(each, into));
    } else if (type instanceof TypeVariable<?> variable) {
      // A bound that names the variable itself is looked at once.
      for (Type bound : variable.getBounds()) {
        if (bound instanceof Class<?>) {
          collect(bound, into);
        } else if (bound instanceof ParameterizedType generic) {
          collect(generic.getRawType(), into);
        }
      }
    }
  }
}
