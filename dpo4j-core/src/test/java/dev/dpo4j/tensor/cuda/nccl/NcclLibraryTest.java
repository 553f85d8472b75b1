/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** NCCL that is there, that is missing, and that lacks a function. */
@EnabledOnOs(OS.LINUX)
class NcclLibraryTest {
  @TempDir private Path folder;

  private static NcclLibrary load(Path file) {
    return NcclLibrary.load(file, "PyTorch 2.15.0 in /torch", "nvidia-nccl-cu13");
  }

  @Test
  void theVersionIsThatOfTheFile() throws Exception {
    assertThat(load(StandInNccl.compile(folder)).version()).isEqualTo("2.29.3");
  }

  @ParameterizedTest
  @CsvSource({"2708, 2.7.8", "22304, 2.23.4", "23203, 2.32.3"})
  void versionsAreReadAsTheyAreWritten(int code, String text) {
    assertThat(NcclLibrary.text(code)).isEqualTo(text);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> load(folder.resolve("libnccl.so.2")))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("DPO4J_NCCL is " + folder.resolve("libnccl.so.2"));
  }

  @Test
  void aFileThatIsNoLibraryIsRefusedWithTheWheelThatHasOne() throws Exception {
    Path file = Files.writeString(folder.resolve("libnccl.so.2"), "no library");
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("cannot be loaded from " + file)
        .hasMessageContaining("pip install nvidia-nccl-cu13");
  }

  @Test
  void aLibraryThatLacksAFunctionIsRefusedByItsName() throws Exception {
    Path file = StandInNccl.compile(folder, "-DWITHOUT_REDUCE_SCATTER");
    assertThatThrownBy(() -> load(file))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining(file + " does not export ncclReduceScatter")
        .hasMessageContaining("DPO4J_NCCL");
  }

  @ParameterizedTest
  @CsvSource({
    "1, unknown result code, nvidia-smi",
    "2, unhandled system error, NCCL_SOCKET_IFNAME",
    "4, invalid argument, the same NCCL",
    "6, remote process exited, its own messages",
  })
  void anErrorHasItsWordsAndARemedy(int code, String words, String remedy) throws Exception {
    NcclLibrary library = load(StandInNccl.compile(folder));
    assertThat(library.failure(code, "a sum", Pointer.NULL))
        .hasMessageStartingWith("a sum failed: NCCL says \"" + words)
        .hasMessageContaining("(error " + code + "): words of the stand-in. ")
        .hasMessageContaining(remedy);
  }
}
