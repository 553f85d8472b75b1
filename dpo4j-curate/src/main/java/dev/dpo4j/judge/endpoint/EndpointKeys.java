/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The options that name an endpoint.
 *
 * @param address the option of its address
 * @param variable the option of the environment variable that holds its key
 */
public record EndpointKeys(String address, String variable) {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointKeys.class);

  /** The variable where none is named; it need not be set, because many servers take no key. */
  private static final String USUAL = "OPENAI_API_KEY";

  /**
   * Opens an endpoint, and warns where its key would be readable on the way.
   *
   * @param url the address that was given
   * @param name the environment variable that holds the key
   * @param timeout time for one request
   * @throws ConfigException if the address or the key cannot be one, or if a variable was named
   *     that is not set
   */
  public Endpoint open(String url, String name, Map<String, String> environment, Duration timeout) {
    @Nullable String secret = environment.get(name);
    if (secret == null && !name.equals(USUAL)) {
      throw new ConfigException(new Fault(variable, "", "names " + name + ", which is not set"));
    }
    try {
      Endpoint endpoint =
          new Endpoint(
              URI.create(url), secret == null || secret.isBlank() ? null : secret.strip(), timeout);
      if (endpoint.exposesKey()) {
        LOG.warn("the key in {} goes to {} unencrypted: prefer https", name, endpoint.baseUrl());
      }
      return endpoint;
    } catch (IllegalArgumentException e) {
      throw new ConfigException(new Fault(address, "", String.valueOf(e.getMessage())));
    }
  }
}
