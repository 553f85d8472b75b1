/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The versions of dpo4j and of what it runs on. */
public final class Version implements IVersionProvider {
  private static final String ENGINE = "META-INF/maven/org.bytedeco/pytorch/pom.properties";

  @Override
  public String[] getVersion() {
    return new String[] {"dpo4j " + own(), "engine libtorch " + engine(), "Java " + java()};
  }

  public static String own() {
    @Nullable String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }

  /** The engine's version is read from its jar: starting it would cost a second. */
  public static String engine() {
    @Nullable ClassLoader loader = Version.class.getClassLoader();
    if (loader == null) {
      return "unknown";
    }
    try (@Nullable InputStream stream = loader.getResourceAsStream(ENGINE)) {
      Properties properties = new Properties();
      if (stream != null) {
        properties.load(stream);
      }
      return properties.getProperty("version", "not on the class path");
    } catch (IOException e) {
      return "unknown";
    }
  }

  public static String java() {
    return System.getProperty("java.version") + " (" + System.getProperty("java.vm.name") + ")";
  }
}
