/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import dev.dpo4j.tensor.probe.CardReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaDoorTest {
  private static TorchInstallation torch(String version, String cuda) {
    Path none = Path.of("none");
    return new TorchInstallation(none, version, cuda, none, none, null, null);
  }

  private static void assumeNoCard() {
    assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
  }

  @Test
  void aDriverServesItsOwnAndOlderVersionsOfCuda() {
    assertThatCode(() -> CudaDoor.checkVersions(13000, torch("2.15.0", "13.2")))
        .doesNotThrowAnyException();
    assertThatCode(() -> CudaDoor.checkVersions(13000, torch("2.10.0", "12.8")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> CudaDoor.checkVersions(12080, torch("2.11.0+cu130", "13.0")))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("serves CUDA up to 12.8, this PyTorch is built for 13.0")
        .hasMessageContaining("Install a newer driver");
  }

  @Test
  void aCardThatDoesNotExistIsRefusedWithThoseThatDo() {
    assertThat(CudaDoor.noSuchCard(2, List.of("cuda:0 is A", "cuda:1 is B"), "0,1"))
        .hasMessageContaining("there is no cuda:2: cuda:0 is A, cuda:1 is B")
        .hasMessageContaining("CUDA_VISIBLE_DEVICES=0,1 hides");
  }

  @Test
  void anOldCardIsRefused() {
    CudaCard volta = new CudaCard(0, "V100", 1L << 34, 7, 0, 80, "");
    assertThatThrownBy(() -> CudaDoor.checkCapability(volta))
        .hasMessageContaining("compute capability 7.0")
        .hasMessageContaining("7.5");
    CudaCard turing = new CudaCard(0, "T4", 1L << 34, 7, 5, 40, "");
    assertThatCode(() -> CudaDoor.checkCapability(turing)).doesNotThrowAnyException();
    assertThat(turing.bfloat16()).isFalse();
  }

  @Test
  void otherSystemsAreRefused() {
    assertThatThrownBy(() -> CudaDoor.checkSystem("Windows 11", "amd64"))
        .hasMessageContaining("WSL");
    assertThatThrownBy(() -> CudaDoor.checkSystem("Linux", "riscv64"))
        .hasMessageContaining("--device cpu");
  }

  @Test
  void withoutADriverTheMessageSaysWhatToDo() {
    assumeNoCard();
    assertThatThrownBy(() -> CudaDoor.open(0, "auto"))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("driver")
        .hasMessageContaining("--device cpu");
  }

  @Test
  void theReportOfAMachineWithoutACardHasNoProblem(@TempDir Path root) {
    assumeNoCard();
    CardReport report = new CudaCards(root, Map.of()).look("auto");
    assertThat(report.problems()).isEmpty();
    assertThat(report.facts()).containsEntry("cards", "none that can be used");
    assertThat(report.facts().get("reason")).contains("driver");
  }

  @Test
  void aCardWithoutADriverIsAProblemWithARemedy(@TempDir Path root) throws IOException {
    assumeNoCard();
    Path card = root.resolve("sys/bus/pci/devices/0000:01:00.0");
    Files.createDirectories(card);
    Files.writeString(card.resolve("vendor"), "0x10de\n");
    Files.writeString(card.resolve("class"), "0x030200\n");
    List<CardReport.Problem> problems = new CudaCards(root, Map.of()).look("auto").problems();
    assertThat(problems).hasSize(2);
    assertThat(problems.get(0).what()).contains("driver").doesNotContain("install");
    assertThat(problems.get(0).remedy()).contains("install the driver");
    // The driver alone would not do.
    assertThat(problems.get(1).what()).contains("no installed PyTorch was found");
    assertThat(problems.get(1).remedy()).contains("pip install torch");
  }

  @Test
  void aPyTorchThatIsNamedIsLookedAtWithoutACard(@TempDir Path root) throws IOException {
    assumeNoCard();
    Path torch = Files.createDirectories(root.resolve("torch"));
    Files.writeString(torch.resolve("version.py"), "__version__ = '2.11.0+cpu'\ncuda = None\n");
    CardReport byOption = new CudaCards(root, Map.of()).look(torch.toString());
    CardReport byVariable =
        new CudaCards(root, Map.of("DPO4J_LIBTORCH", torch.toString())).look("auto");
    for (CardReport report : List.of(byOption, byVariable)) {
      assertThat(report.problems()).hasSize(1);
      assertThat(report.problems().get(0).what()).endsWith("is built for the CPU only");
      assertThat(report.problems().get(0).remedy()).contains("Install one with CUDA");
    }
  }

  @Test
  void theSourcesOfCardsAreFound() {
    assertThat(CardReport.read("auto").facts()).isNotEmpty();
  }
}
