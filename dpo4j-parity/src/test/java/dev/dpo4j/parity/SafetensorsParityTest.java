/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.ShardedSafetensors;
import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Files read and written by us and by Python's safetensors must hold the same bytes. */
final class SafetensorsParityTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> TINY =
      List.of("llama-tied", "llama3", "mistral-window", "qwen2-tied", "qwen3");

  private final Path scratch;

  SafetensorsParityTest(@TempDir Path scratch) {
    this.scratch = scratch;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-tied", "llama3", "mistral-window", "qwen2-tied", "qwen3"})
  void theTinyModelsFitTheirConfigurations(String name) {
    Path folder = Shared.path("golden/models/" + name);
    ModelConfig config = ModelConfig.read(folder);
    try (ModelWeights weights = ModelWeights.open(folder, config);
        SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
      List<TensorSpec> expected = WeightNames.of(config, DType.FLOAT32);
      assertThat(weights.tensors().values().stream().map(TensorInfo::spec).toList())
          .isEqualTo(expected);
      assertThat(golden.tensors()).containsKey("grad.model.norm.weight");
    }
  }

  @ParameterizedTest
  @Tag("heavy")
  @ValueSource(strings = {"smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"})
  void theRealModelsFitTheirConfigurations(String name) {
    Path folder = Shared.model(name);
    ModelConfig config = ModelConfig.read(folder);
    try (ModelWeights weights = ModelWeights.open(folder, config)) {
      assertThat(weights.tensors()).hasSize(WeightNames.of(config, DType.BFLOAT16).size());
    }
  }

  @Test
  void ourReaderSeesTheBytesThatPythonSees() throws IOException, InterruptedException {
    List<String> paths = new ArrayList<>();
    for (String name : TINY) {
      paths.add(Shared.path("golden/models/" + name + "/model.safetensors").toString());
      paths.add(Shared.path("golden/models/" + name + "/golden.safetensors").toString());
    }
    JsonNode truth = JSON.readTree(Peer.run(scratch, "read_safetensors.py", "", paths));
    for (String path : paths) {
      try (SafetensorsFile file = SafetensorsFile.open(Path.of(path))) {
        assertThat(describe(file)).isEqualTo(truth.get(path).get("tensors"));
      }
    }
  }

  @Test
  void pythonSeesTheBytesThatWeWrote() throws IOException, InterruptedException {
    List<TensorSpec> specs = new ArrayList<>();
    specs.add(new TensorSpec("empty", DType.FLOAT32, 0, 3));
    specs.add(new TensorSpec("flags", DType.UINT8, 7));
    for (DType dtype : DType.values()) {
      specs.add(new TensorSpec("t." + dtype, dtype, 3, 5));
      specs.add(new TensorSpec("\u503c\"\\ " + dtype, dtype));
    }
    Path path = scratch.resolve("ours.safetensors");
    SplittableRandom random = new SplittableRandom(11);
    Map<String, String> metadata = Map.of("format", "pt", "note", "a \"note\" \u4e2d");
    try (var writer = new SafetensorsWriter(path, specs, metadata)) {
      for (TensorSpec spec : specs) {
        byte[] bytes = new byte[(int) spec.byteSize()];
        random.nextBytes(bytes);
        if (spec.dtype() == DType.BOOL) {
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= 1;
          }
        }
        writer.write(spec.name(), ByteBuffer.wrap(bytes));
      }
    }
    JsonNode truth =
        JSON.readTree(Peer.run(scratch, "read_safetensors.py", "", List.of(path.toString())))
            .get(path.toString());
    assertThat(truth.get("metadata").get("note").stringValue()).isEqualTo(metadata.get("note"));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ObjectNode ours = describe(file);
      assertThat(ours).isEqualTo(truth.get("tensors"));
    }
  }

  @Test
  void transformersLoadsTheShardsThatWeWrote() throws IOException, InterruptedException {
    List<String> folders = new ArrayList<>();
    for (String name : TINY) {
      Path source = Shared.path("golden/models/" + name);
      Path target = Files.createDirectories(scratch.resolve(name));
      ModelConfig config = ModelConfig.read(source);
      Files.writeString(target.resolve("config.json"), config.toJson(DType.FLOAT32));
      try (ModelWeights weights = ModelWeights.open(source, config);
          var writer =
              new ShardedSafetensorsWriter(
                  target, WeightNames.of(config, DType.FLOAT32), 300_000)) {
        for (String tensor : weights.tensors().keySet()) {
          writer.write(tensor, weights.bytes(tensor));
        }
      }
      try (ShardedSafetensors shards = ShardedSafetensors.open(target)) {
        assertThat(shards.files()).hasSizeGreaterThan(1);
      }
      folders.add(source.toString());
      folders.add(target.toString());
    }
    List<JsonNode> loaded =
        Peer.run(scratch, "load_model.py", "", folders).lines().map(JSON::readTree).toList();
    for (int i = 0; i < loaded.size(); i += 2) {
      assertThat(loaded.get(i + 1)).as(folders.get(i + 1)).isEqualTo(loaded.get(i));
      assertThat(loaded.get(i).get("missing")).isEmpty();
      assertThat(loaded.get(i).get("unexpected")).isEmpty();
    }
  }

  private static ObjectNode describe(TensorSource source) {
    ObjectNode result = JSON.createObjectNode();
    for (TensorInfo tensor : source.tensors().values()) {
      ObjectNode node = result.putObject(tensor.name());
      node.put("dtype", tensor.dtype().torchName());
      var shape = node.putArray("shape");
      for (long dimension : tensor.shape()) {
        shape.add((int) dimension);
      }
      node.put("sha256", sha256(source.bytes(tensor.name())));
    }
    return result;
  }

  private static String sha256(ByteBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
