/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The style and the script of a page, and those of the library that draws. */
final class WebFiles {
  private static final String OWN = "/dev/dpo4j/report/web/";
  private static final String LIBRARY = "/META-INF/resources/webjars/uplot/";
  private static final String POM = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";

  private WebFiles() {}

  static String own(String name) {
    return text(OWN + name);
  }

  /** A file of uPlot, such as {@code dist/uPlot.iife.min.js}. */
  static String library(String name) {
    return text(LIBRARY + libraryVersion() + "/" + name);
  }

  static String libraryVersion() {
    Properties pom = new Properties();
    try (InputStream in = open(POM)) {
      pom.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pom.getProperty("version", "");
  }

  private static String text(String resource) {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    // What lies in another module is found by the class loader alone.
    @Nullable InputStream in =
        resource.startsWith("/META-INF/")
            ? WebFiles.class.getClassLoader().getResourceAsStream(resource.substring(1))
            : WebFiles.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException(
          resource + " is not on the class path: dpo4j-report needs org.webjars.npm:uplot");
    }
    return in;
  }
}
