/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of {@code HTTPS_PROXY} and {@code HTTP_PROXY}, but not for the hosts of {@code
 * NO_PROXY}, which the JDK does not read.
 */
public final class EnvironmentProxy extends ProxySelector {
  private final Map<String, String> environment;
  private final ProxySelector system;

  public EnvironmentProxy(Map<String, String> environment, ProxySelector system) {
    this.environment = environment;
    this.system = system;
  }

  /** That of the environment, and where it says nothing that of the JVM's properties. */
  static ProxySelector orSystem() {
    ProxySelector system = ProxySelector.getDefault();
    return new EnvironmentProxy(
        System.getenv(), system == null ? HttpClientDefaults.DIRECT : system);
  }

  private static final class HttpClientDefaults {
    static final ProxySelector DIRECT = ProxySelector.of(null);
  }

  @Override
  public List<Proxy> select(URI uri) {
    String variable = Urls.scheme(uri) + "_proxy";
    @Nullable URI proxy = address(variable(variable));
    if (proxy == null || direct(String.valueOf(uri.getHost()))) {
      return proxy == null ? system.select(uri) : List.of(Proxy.NO_PROXY);
    }
    int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
  }

  private String variable(String name) {
    String lower = environment.getOrDefault(name, "");
    return lower.isEmpty() ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "") : lower;
  }

  private static @Nullable URI address(String text) {
    if (text.isBlank()) {
      return null;
    }
    try {
      URI uri = URI.create(text.contains("://") ? text.strip() : "http://" + text.strip());
      return uri.getHost() == null ? null : uri;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** This machine is never reached through a proxy. */
  private boolean direct(String host) {
    if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
      return true;
    }
    for (String entry : variable("no_proxy").split(",", -1)) {
      String name = entry.strip().replaceFirst("^\\*?\\.", "").toLowerCase(Locale.ROOT);
      String wanted = host.toLowerCase(Locale.ROOT);
      if (name.equals("*")
          || (!name.isEmpty() && (wanted.equals(name) || wanted.endsWith("." + name)))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    system.connectFailed(uri, address, failure);
  }
}
