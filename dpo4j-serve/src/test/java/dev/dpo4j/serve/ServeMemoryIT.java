/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.io.ProcessMemory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand requests leave nothing behind. */
@Tag("heavy")
class ServeMemoryIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path folder;

  private static void ask(URI base, int number) throws Exception {
    String body =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"a lantern %d\"}], \"max_tokens\": %d, \"stream\": %s}"
            .formatted(number, 1 + number % 3, number % 2 == 0);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private static long resident() {
    System.gc();
    return ProcessMemory.residentBytes();
  }

  @Test
  void tenThousandRequestsStayInTheMemoryOfTheFirstThousand() throws Exception {
    Path model = TinyChat.write(folder, 1);
    List<String> flags = List.of("--model_name_or_path=" + model, "--port=0");
    ServeOptions options = ServeOptions.binder().bind(List.of(), FlagSource.parse(flags)).value();
    try (ModelServer server = ModelServer.start(options, Map.of())) {
      for (int i = 0; i < 1_000; i++) {
        ask(server.address(), i);
      }
      long after1000 = resident();
      for (int i = 1_000; i < 10_000; i++) {
        ask(server.address(), i);
      }
      assertThat(resident()).isLessThan(after1000 + after1000 / 20);
    }
  }
}
