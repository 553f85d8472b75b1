/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import dev.dpo4j.tensor.DeviceException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.torch.TorchFinder;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import dev.dpo4j.tensor.probe.CardReport;
import dev.dpo4j.tensor.probe.CardReport.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lists the CUDA cards of this machine, with the driver, and the PyTorch that would drive them. */
public final class CudaCards implements CardReport.Source {
  private static final String NVIDIA = "0x10de";
  private static final String DISPLAY = "0x03";
  private static final double GIBIBYTE = 1L << 30;
  private static final double FULL = 0.1;

  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Path root;
  private final Map<String, String> environment;

  /** For {@link java.util.ServiceLoader}. */
  public CudaCards() {
    this(Path.of("/"), System.getenv());
  }

  CudaCards(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  @Override
  public CardReport look(String engine) {
    facts.clear();
    problems.clear();
    List<CudaCard> cards = List.of();
    int driverVersion = 0;
    try {
      CudaDoor.checkSystem(System.getProperty("os.name"), System.getProperty("os.arch"));
      DriverLibrary driver = DriverLibrary.load();
      driverVersion = driver.version();
      cards = cards(driver);
    } catch (DeviceException | LinkageError e) {
      facts.put("cards", "none that can be used");
      missing(String.valueOf(e.getMessage()));
    }
    // Without a card nobody needs a PyTorch; one that was named is looked at all the same.
    if (!cards.isEmpty() || cardInMachine() || TorchFinder.isNamed(engine, environment)) {
      engine(engine, driverVersion, cards);
    }
    return new CardReport(new LinkedHashMap<>(facts), List.copyOf(problems));
  }

  /** Without a card there is nothing to mend; with one in the machine there is. */
  private void missing(String message) {
    if (cardInMachine()) {
      problems.add(problem(message));
    } else {
      facts.put("reason", message);
    }
  }

  /** Our messages say what is wrong in their first sentence, and then what to do. */
  private static Problem problem(String message) {
    int end = message.indexOf(". ");
    int colon = message.lastIndexOf(": ");
    int cut = end > 0 ? end : colon;
    return cut < 0
        ? new Problem(message, "check that nvidia-smi works")
        : new Problem(message.substring(0, cut), message.substring(cut + 2).strip());
  }

  private boolean cardInMachine() {
    if (Files.exists(root.resolve("dev/nvidia0")) || Files.exists(root.resolve("dev/dxg"))) {
      return true;
    }
    for (Path device : TorchFinder.children(root.resolve("sys/bus/pci/devices"), "")) {
      if (text(device.resolve("vendor")).equals(NVIDIA)
          && text(device.resolve("class")).startsWith(DISPLAY)) {
        return true;
      }
    }
    return false;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private List<CudaCard> cards(DriverLibrary driver) {
    List<CudaCard> cards = new ArrayList<>();
    Optional<Nvml> management = Nvml.open();
    try {
      String release = management.flatMap(Nvml::driverVersion).map(text -> text + ", ").orElse("");
      facts.put("driver", release + "for CUDA up to " + DriverLibrary.text(driver.version()));
      int count = driver.cards();
      for (int i = 0; i < count; i++) {
        CudaCard card = driver.card(i);
        describe(card, management);
        cards.add(card);
      }
    } finally {
      management.ifPresent(Nvml::close);
    }
    return cards;
  }

  private void describe(CudaCard card, Optional<Nvml> management) {
    Optional<Long> free = management.flatMap(nvml -> nvml.freeBytes(card));
    int processes = management.map(nvml -> nvml.processes(card)).orElse(0);
    facts.put(
        "cuda:" + card.index(),
        "%s, %.1f GiB%s, compute capability %s%s"
            .formatted(
                card.name(),
                card.bytes() / GIBIBYTE,
                free.map(bytes -> " (%.1f GiB free)".formatted(bytes / GIBIBYTE)).orElse(""),
                card.capability(),
                card.bfloat16() ? "" : ", without bfloat16"));
    try {
      CudaDoor.checkCapability(card);
    } catch (CudaUnavailableException e) {
      problems.add(problem(String.valueOf(e.getMessage())));
    }
    if (!card.bfloat16()) {
      problems.add(
          new Problem(
              "cuda:" + card.index() + " (" + card.name() + ") has no bfloat16",
              "train in float32 there, or take a card of compute capability 8.0 (Ampere) or"
                  + " newer"));
    }
    boolean full = free.isPresent() && free.get() < card.bytes() * FULL;
    if (processes > 0 || full) {
      problems.add(
          new Problem(
              "cuda:%d is in use: %s on it%s"
                  .formatted(
                      card.index(),
                      processes == 1 ? "1 process computes" : processes + " processes compute",
                      full ? ", and less than a tenth of its memory is free" : ""),
              "nvidia-smi shows them; end them, or take another card with --device cuda:N"));
    }
  }

  /**
   * Looks for the PyTorch and what belongs to it.
   *
   * @param driver the newest CUDA version that the driver serves, 0 if there is none
   */
  private void engine(String engine, int driver, List<CudaCard> cards) {
    try {
      TorchInstallation torch = new TorchFinder(environment).find(engine);
      facts.put("PyTorch", torch.version() + " for CUDA " + torch.cuda() + ", " + torch.folder());
      compiler(torch, cards);
      if (driver > 0) {
        CudaDoor.checkVersions(driver, torch);
        nccl(torch, cards.size());
      }
    } catch (CudaUnavailableException | LinkageError e) {
      problems.add(problem(String.valueOf(e.getMessage())));
    }
  }

  /** Starts NVRTC, which needs no card, and asks whether it compiles for each. */
  private void compiler(TorchInstallation torch, List<CudaCard> cards) {
    try {
      NvrtcCompiler compiler = CudaDoor.compiler(torch);
      facts.put("NVRTC", compiler.version() + ", " + torch.nvrtc());
      for (CudaCard card : cards) {
        String unused = CudaDoor.architecture(compiler, card);
      }
    } catch (CudaUnavailableException e) {
      problems.add(problem(String.valueOf(e.getMessage())));
    }
  }

  /** Several cards are joined by NCCL; a single one does without. */
  private void nccl(TorchInstallation torch, int cards) {
    try {
      String version = CudaDoor.nccl(torch).version();
      facts.put("NCCL", version + (torch.nccl() == null ? "" : ", " + torch.nccl()));
    } catch (CudaUnavailableException e) {
      facts.put("NCCL", "none that can be used");
      if (cards > 1) {
        problems.add(problem(String.valueOf(e.getMessage())));
      }
    }
  }
}
