/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.KernelSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compiles all kernels for real cards; needs NVRTC, which {@code DPO4J_NVRTC} names, but no card.
 */
class NvrtcCompilerTest {
  private static final List<String> ARCHITECTURES = List.of("sm_75", "sm_80", "sm_90", "sm_120");

  /** Registers of a multiprocessor over the threads that a block may have. */
  private static final int REGISTERS = 65536 / 1024;

  @TempDir Path folder;

  static Stream<Arguments> filesAndArchitectures() {
    return KernelSource.files().stream()
        .flatMap(file -> ARCHITECTURES.stream().map(a -> Arguments.of(file, a)));
  }

  @ParameterizedTest(name = "{0} compiles for {1}")
  @MethodSource("filesAndArchitectures")
  void everyKernelCompilesForEveryArchitectureAndMayHaveFullBlocks(
      String file, String architecture) {
    NvrtcCompiler.Compiled compiled =
        compiler()
            .compile(
                file + ".cu", KernelSource.of(file), architecture, List.of("--ptxas-options=-v"));
    // A cubin is an ELF file whose symbols have the functions' names.
    assertThat(compiled.cubin()).startsWith(0x7f, 'E', 'L', 'F');
    String text = new String(compiled.cubin(), StandardCharsets.ISO_8859_1);
    List<String> functions =
        Arrays.stream(Kernel.values())
            .filter(kernel -> kernel.file().equals(file))
            .map(Kernel::function)
            .toList();
    assertThat(functions).allSatisfy(name -> assertThat(text).contains(name + "\0"));
    assertThat(compiled.log()).doesNotContain("warning");
    assertThat(registers(compiled.log()))
        .hasSizeGreaterThanOrEqualTo(functions.size())
        .allSatisfy(count -> assertThat(count).isLessThanOrEqualTo(REGISTERS));
  }

  private static List<Integer> registers(String log) {
    Matcher matcher = Pattern.compile("Used (\\d+) registers").matcher(log);
    return matcher.results().map(result -> Integer.valueOf(result.group(1))).toList();
  }

  @Test
  void aSourceThatDoesNotCompileIsRefusedWithItsLineAndTheLog() {
    NvrtcCompiler compiler = compiler();
    assertThatThrownBy(
            () -> compiler.compile("broken.cu", "__global__ void f() {\n  x = 1;\n}\n", "sm_90"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("compiling broken.cu for sm_90")
        .hasMessageContaining("broken.cu(2): error: identifier \"x\" is undefined");
  }

  @Test
  void anArchitectureThatTheCompilerDoesNotKnowIsRefused() {
    NvrtcCompiler compiler = compiler();
    assertThatThrownBy(() -> compiler.compile("a.cu", "__global__ void f() {}", "sm_1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sm_1");
  }

  private static CudaCard card(int major, int minor) {
    return new CudaCard(0, "Some card", 1L << 34, major, minor, 100, "");
  }

  @Test
  void aCardGetsItsOwnArchitectureOrTheNewestBeforeItOfTheSameMajorVersion() {
    NvrtcCompiler compiler = compiler();
    assertThat(compiler.architectureFor(card(7, 5))).isEqualTo("sm_75");
    assertThat(compiler.architectureFor(card(9, 0))).isEqualTo("sm_90");
    assertThat(compiler.architectureFor(card(12, 0))).isEqualTo("sm_120");
    // No compiler knows these yet.
    assertThat(compiler.architectureFor(card(9, 9))).isEqualTo("sm_90");
    String newer = compiler.architectureFor(card(8, 9));
    assertThat(compiler.compile("a.cu", "__global__ void f() {}", newer)).isNotEmpty();
  }

  @Test
  void aCardThatTheCompilerDoesNotServeIsRefusedWithWhatToInstall() {
    NvrtcCompiler compiler = compiler();
    assertThatThrownBy(() -> CudaDoor.architecture(compiler, card(99, 0)))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("does not compile for Some card with compute capability 99.0")
        .hasMessageContaining("it knows [75, ")
        .hasMessageContaining("Install a PyTorch built for a CUDA that serves this card");
  }

  @Test
  void theVersionIsAMajorAndAMinorNumber() {
    assertThat(compiler().version()).matches("1[2-9]\\.\\d+");
  }

  @Test
  void aMissingLibraryIsNamedWithTheWheelThatHasIt() {
    Path missing = folder.resolve("libnvrtc.so.13");
    assertThatThrownBy(() -> NvrtcCompiler.open(missing, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("nvidia-cuda-nvrtc");
  }

  @Test
  void aFileThatIsNoLibraryIsNamed() throws Exception {
    Path broken = Files.writeString(folder.resolve("libnvrtc.so.13"), "no library");
    assertThatThrownBy(() -> NvrtcCompiler.open(broken, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("could not load " + broken);
  }

  private static NvrtcCompiler compiler() {
    String path = System.getenv("DPO4J_NVRTC");
    assumeTrue(path != null, "DPO4J_NVRTC names no libnvrtc.so.12 or .13");
    return NvrtcCompiler.open(Path.of(path), null);
  }
}
