/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.security.CodeSource;
import java.util.Locale;

/**
 * Finds at the start what else is an error deep inside: Jackson 3 beside annotations that are too
 * old for it.
 *
 * <p>Jackson 2 and 3 share the artifact jackson-annotations. A framework that manages Jackson 2,
 * such as Spring Boot 3, may choose a version of it that lacks classes which Jackson 3 needs.
 */
public final class JacksonCheck {
  private static final String MAPPER = "tools.jackson.databind.json.JsonMapper";

  private static final String ANNOTATION = "com.fasterxml.jackson.annotation.JsonProperty";

  private static final String REMEDY =
      "Import dev.dpo4j:dpo4j-bom in the dependencyManagement of your own pom, or name a newer version of"
          + " com.fasterxml.jackson.core:jackson-annotations there; docs/how-to/use-with-frameworks.md shows both";

  private static volatile boolean passed;

  private JacksonCheck() {}

  /**
   * Passes where Jackson 3 works.
   *
   * @throws IllegalStateException with the jars that do not fit and the remedy
   */
  public static void require() {
    if (!passed) {
      require(JacksonCheck.class.getClassLoader());
      passed = true;
    }
  }

  /** Passes where the Jackson 3 of a class loader works; see {@link #require()}. */
  public static void require(ClassLoader loader) {
    try {
      Class<?> type = Class.forName(MAPPER, true, loader);
      Object mapper = type.getMethod("shared").invoke(null);
      // Any bean will do: the annotations are looked up for the properties of one.
      type.getMethod("writeValueAsString", Object.class)
          .invoke(mapper, new Locale.LanguageRange("en"));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "Jackson 3 (tools.jackson.core:jackson-databind) is not on the class path; add it, or do not"
              + " exclude it from what dpo4j depends on",
          e);
    } catch (InvocationTargetException e) {
      throw tooOld(e.getCause() == null ? e : e.getCause(), loader);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw tooOld(e, loader);
    }
  }

  private static IllegalStateException tooOld(Throwable e, ClassLoader loader) {
    return new IllegalStateException(
        "Jackson 3 does not work beside an older jackson-annotations: found %s and %s, which lacks %s. %s"
            .formatted(jar(MAPPER, loader), jar(ANNOTATION, loader), missing(e), REMEDY),
        e);
  }

  /** The class that was not found, as far as the error says so. */
  private static String missing(Throwable error) {
    String message = String.valueOf(error.getMessage());
    return message.matches("\\S+") ? message.replace('/', '.') : "a class (" + error + ")";
  }

  private static String jar(String type, ClassLoader loader) {
    try {
      CodeSource source = Class.forName(type, false, loader).getProtectionDomain().getCodeSource();
      URL place = source == null ? null : source.getLocation();
      return place == null ? type : place.toString();
    } catch (ClassNotFoundException | LinkageError e) {
      return "no " + type;
    }
  }
}
