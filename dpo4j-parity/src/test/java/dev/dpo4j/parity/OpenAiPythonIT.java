/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.serve.ModelServer;
import dev.dpo4j.serve.ServeOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Python's openai package against the server; the package is installed into target. */
@Tag("heavy")
class OpenAiPythonIT {
  private static final String PROGRAM =
      """
      import json, sys
      from openai import OpenAI, BadRequestError
      client = OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
      ask = dict(model="tiny", messages=[{"role": "user", "content": "a lantern"}],
                 max_tokens=8, temperature=0)
      whole = client.chat.completions.create(**ask, logprobs=True, top_logprobs=2)
      parts = client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True})
      streamed, usage = "", None
      for part in parts:
          usage = part.usage or usage
          streamed += "".join(choice.delta.content or "" for choice in part.choices)
      text = client.completions.create(model="tiny", prompt=[20, 30, 40], max_tokens=0, echo=True, logprobs=1)
      try:
          client.embeddings.create(model="tiny", input="x")
          refused = ""
      except BadRequestError as e:
          refused = e.message
      print(json.dumps(dict(
          whole=whole.choices[0].message.content, streamed=streamed, usage=usage.completion_tokens,
          logprobs=len(whole.choices[0].logprobs.content), refused=refused,
          scored=text.choices[0].logprobs.token_logprobs, models=[m.id for m in client.models.list()])))
      """;

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.strip();
  }

  /** An environment with the package, made once. */
  private static Path python() throws IOException, InterruptedException {
    Path python = Path.of("target", "openai", "bin", "python").toAbsolutePath();
    if (!Files.exists(python.resolveSibling("openai"))) {
      try {
        run(List.of("python3", "-m", "venv", python.getParent().getParent().toString()));
        run(List.of(python.toString(), "-m", "pip", "install", "-q", "openai"));
      } catch (IOException | AssertionError e) {
        assumeTrue(false, "Python's openai package cannot be installed: " + e.getMessage());
      }
    }
    return python;
  }

  @Test
  void pythonsClientReadsAnswersStreamsLogProbsAndErrors() throws Exception {
    Path python = python();
    List<String> flags =
        List.of(
            "--model_name_or_path=" + Shared.path("golden/models/qwen3"),
            "--served_model_name=tiny",
            "--port=0");
    ServeOptions options = ServeOptions.binder().bind(List.of(), FlagSource.parse(flags)).value();
    try (ModelServer server = ModelServer.start(options, Map.of())) {
      String out = run(List.of(python.toString(), "-c", PROGRAM, server.address().toString()));
      JsonNode result = new JsonMapper().readTree(out);
      assertThat(result.get("streamed")).isEqualTo(result.get("whole"));
      assertThat(result.get("usage").asInt()).isEqualTo(8);
      assertThat(result.get("logprobs").asInt()).isEqualTo(8);
      assertThat(result.get("refused").asString()).contains("/v1/embeddings is not served");
      assertThat(result.at("/scored/0").isNull()).isTrue();
      assertThat(result.at("/scored/2").asDouble()).isNegative();
      assertThat(result.at("/models/0").asString()).isEqualTo("tiny");
    }
  }
}
