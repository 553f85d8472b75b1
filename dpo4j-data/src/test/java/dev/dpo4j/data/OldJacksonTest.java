/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.JacksonCheck;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A class path as Spring Boot 3 makes it: Jackson 3 beside an older jackson-annotations. */
class OldJacksonTest {
  /** Loads Jackson anew, without some of its classes. */
  private static final class Lacking extends URLClassLoader {
    private final Set<String> lacks;

    Lacking(String... lacks) throws IOException {
      super(classPath(), OldJacksonTest.class.getClassLoader());
      this.lacks = Set.of(lacks);
    }

    private static URL[] classPath() throws IOException {
      String[] places = System.getProperty("java.class.path").split(File.pathSeparator);
      URL[] urls = new URL[places.length];
      for (int i = 0; i < places.length; i++) {
        urls[i] = Path.of(places[i]).toUri().toURL();
      }
      return urls;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (lacks.contains(name)) {
        throw new ClassNotFoundException(name);
      }
      boolean jackson =
          name.startsWith("tools.jackson.") || name.startsWith("com.fasterxml.jackson.");
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : jackson ? findClass(name) : super.loadClass(name, resolve);
      }
    }
  }

  @Test
  void theJacksonOfTheseTestsPasses() throws IOException {
    assertThatCode(JacksonCheck::require).doesNotThrowAnyException();
    try (Lacking complete = new Lacking()) {
      assertThatCode(() -> JacksonCheck.require(complete)).doesNotThrowAnyException();
    }
  }

  /** Annotations that came with 2.20 and 2.22. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.fasterxml.jackson.annotation.JsonSerializeAs",
        "com.fasterxml.jackson.annotation.JsonApplyView"
      })
  void anOlderAnnotationsJarIsNamedWithTheRemedy(String missing) throws IOException {
    try (Lacking old = new Lacking(missing)) {
      assertThatThrownBy(() -> JacksonCheck.require(old))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("jackson-databind-")
          .hasMessageContaining("jackson-annotations-")
          .hasMessageContaining("lacks " + missing)
          .hasMessageContaining("dpo4j-bom");
    }
  }

  @Test
  void aMissingJacksonIsNamed() throws IOException {
    try (Lacking none = new Lacking("tools.jackson.databind.json.JsonMapper")) {
      assertThatThrownBy(() -> JacksonCheck.require(none))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Jackson 3 (tools.jackson.core:jackson-databind) is not on");
    }
  }
}
