/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.EndpointKeys;
import dev.dpo4j.judge.endpoint.RetryPolicy;
import dev.dpo4j.judge.endpoint.Usage;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How an endpoint is reached and paid. */
record EndpointOptions(
    @Option(
            help =
                "Address of an OpenAI-compatible server: what stands before /chat/completions, such"
                    + " as http://127.0.0.1:8000/v1.")
        @Nullable String baseUrl,
    @Option(
            defaultValue = "OPENAI_API_KEY",
            help =
                "Environment variable that holds the key; without the variable none is sent. The"
                    + " key itself is never an option.")
        String apiKeyEnv,
    @Option(defaultValue = "4", range = "[1,256]", help = "Maximum number of concurrent requests.")
        int concurrency,
    @Option(
            defaultValue = "6",
            range = "[1,100]",
            help =
                "Tries of a request: after 429, 5xx, a broken connection, or a reply that cannot be"
                    + " used.")
        int maxTries,
    @Option(
            defaultValue = "1.0",
            range = "[0,60]",
            help =
                "Seconds before the second try; they double from try to try, up to a minute, with"
                    + " jitter. Retry-After counts where it is longer.")
        double retryDelay,
    @Option(
            defaultValue = "120.0",
            range = "(0,3600]",
            help = "Time limit for one request in seconds.")
        double timeout,
    @Option(
            help =
                "Price of a million tokens that are read, by model: '{some-model: 2.5}'. null"
                    + " computes no cost.")
        @Nullable Map<String, Double> promptPrices,
    @Option(help = "Price of a million tokens that are written, by model: '{some-model: 10}'.")
        @Nullable Map<String, Double> completionPrices)
    implements Checked {

  /** Returns the endpoint with the key of the environment. */
  Endpoint endpoint(Map<String, String> environment) {
    return endpoint(baseUrl, "base_url", apiKeyEnv, environment);
  }

  /** Returns another endpoint that is reached in the same way. */
  Endpoint endpoint(
      @Nullable String url, String key, String keyVariable, Map<String, String> environment) {
    return new EndpointKeys(key, "api_key_env")
        .open(
            String.valueOf(url),
            keyVariable,
            environment,
            Duration.ofNanos((long) (timeout * 1e9)));
  }

  RetryPolicy retry() {
    return new RetryPolicy(maxTries, Duration.ofNanos((long) (retryDelay * 1e9)));
  }

  /** Refuses prices of models that nobody asks. */
  void checkPrices(Set<String> models) {
    check("prompt_prices", prices(promptPrices), models);
    check("completion_prices", prices(completionPrices), models);
  }

  private static void check(String key, Map<String, Double> prices, Set<String> models) {
    for (Map.Entry<String, Double> price : prices.entrySet()) {
      if (!models.contains(price.getKey())) {
        String message = "has a price for " + price.getKey() + ", but only " + models + " is asked";
        throw new ConfigException(new Fault(key, "", message));
      }
      if (!(price.getValue() >= 0)) {
        throw new ConfigException(
            new Fault(key, "", "must be at least 0 but was " + price.getValue()));
      }
    }
  }

  private static Map<String, Double> prices(@Nullable Map<String, Double> given) {
    return given == null ? Map.of() : given;
  }

  /** Returns the cost of what was used, or null where no prices are known. */
  @Nullable Double cost(Map<String, Usage> usage) {
    Map<String, Double> read = prices(promptPrices);
    Map<String, Double> written = prices(completionPrices);
    if (read.isEmpty() && written.isEmpty()) {
      return null;
    }
    double cost = 0;
    for (Map.Entry<String, Usage> entry : usage.entrySet()) {
      String model = entry.getKey();
      cost +=
          entry.getValue().cost(read.getOrDefault(model, 0.0), written.getOrDefault(model, 0.0));
    }
    return cost;
  }

  @Override
  public void check(Check check) {
    if (baseUrl == null && !check.isSet("reward_model_name_or_path")) {
      check.fault("base_url", "is missing: name an OpenAI-compatible server");
    }
    if (maxTries == 1) {
      check.noEffect("retry_delay", "with max_tries 1");
    }
  }
}
