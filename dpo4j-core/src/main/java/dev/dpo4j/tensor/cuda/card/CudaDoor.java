/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import dev.dpo4j.tensor.cuda.kernel.CardTraits;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Products;
import dev.dpo4j.tensor.cuda.nccl.NcclDoor;
import dev.dpo4j.tensor.cuda.nccl.NcclLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchFinder;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import dev.dpo4j.tensor.cuda.torch.TorchLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a card: driver, installed PyTorch, compiler, products and attention, in this order. */
public final class CudaDoor {
  private static final Logger log = LoggerFactory.getLogger(CudaDoor.class);

  /** The oldest architecture that today's compilers and libraries of NVIDIA serve. */
  private static final int OLDEST_MAJOR = 7;

  private static final int OLDEST_MINOR = 5;

  /**
   * A card that is ready.
   *
   * @param tried whether that version of PyTorch is one that dpo4j was made for
   */
  public record Opened(
      CudaDriver driver,
      Products products,
      FlashKernels flash,
      CardTraits traits,
      NcclDoor peers,
      boolean tried) {}

  private CudaDoor() {}

  /**
   * Opens a card.
   *
   * @param engine {@code auto}, or the path of an installed PyTorch
   * @throws CudaUnavailableException with the remedy, before anything is started on the card, if it
   *     cannot be used
   */
  public static Opened open(int index, String engine) {
    try {
      return tryToOpen(index, engine);
    } catch (LinkageError e) {
      throw new CudaUnavailableException(
          "a native library cannot be used: "
              + e
              + ". If JNA cannot unpack its own, name a folder from which programs may run with"
              + " DPO4J_JAVA_OPTS=-Djna.tmpdir=FOLDER",
          e);
    }
  }

  private static Opened tryToOpen(int index, String engine) {
    checkSystem(System.getProperty("os.name"), System.getProperty("os.arch"));
    DriverLibrary driver = DriverLibrary.load();
    CudaCard card = card(driver, index);
    TorchInstallation installation = new TorchFinder(System.getenv()).find(engine);
    checkVersions(driver.version(), installation);
    CubinCache cubins = cubins(installation, card);
    TorchLibrary torch = TorchLibrary.load(installation);
    CudaDriver opened = CudaDriver.open(driver, torch, card, cubins);
    String description =
        "%s (cuda:%d, compute capability %s), PyTorch %s from %s, driver for CUDA %s"
            .formatted(
                card.name(),
                card.index(),
                card.capability(),
                installation.version(),
                installation.folder(),
                DriverLibrary.text(driver.version()));
    log.debug("opened {}", description);
    return new Opened(
        opened,
        new CublasProducts(opened),
        new TorchFlashAttention(opened),
        new CardTraits(
            description,
            "%s with PyTorch %s".formatted(card.name(), installation.version()),
            card.bfloat16()),
        new NcclDoor(opened, card.bus(), () -> nccl(installation)),
        TorchVersion.tried(installation.version()));
  }

  /** NCCL, which only several cards need. */
  static NcclLibrary nccl(TorchInstallation installation) {
    return NcclLibrary.load(
        installation.nccl(),
        "PyTorch " + installation.version() + " in " + installation.folder(),
        "nvidia-nccl-cu" + installation.cudaMajor());
  }

  static void checkSystem(String system, String architecture) {
    boolean known = architecture.equals("amd64") || architecture.equals("aarch64");
    if (!system.startsWith("Linux") || !known) {
      throw new CudaUnavailableException(
          "CUDA devices are supported on Linux on x86-64 and aarch64, this is "
              + system
              + " on "
              + architecture
              + ": use --device cpu, or run in WSL on Windows");
    }
  }

  private static CudaCard card(DriverLibrary driver, int index) {
    int count = driver.cards();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CudaCard card = driver.card(i);
      if (i == index) {
        checkCapability(card);
        return card;
      }
      names.add("cuda:" + i + " is " + card.name());
    }
    throw noSuchCard(index, names, System.getenv().getOrDefault("CUDA_VISIBLE_DEVICES", ""));
  }

  static CudaUnavailableException noSuchCard(int index, List<String> cards, String visible) {
    return new CudaUnavailableException(
        "there is no cuda:"
            + index
            + ": "
            + (cards.isEmpty() ? "the driver shows no card" : String.join(", ", cards))
            + (visible.isEmpty()
                ? ""
                : " (CUDA_VISIBLE_DEVICES=" + visible + " hides those that it does not name)")
            + ". Choose one that exists");
  }

  static void checkCapability(CudaCard card) {
    boolean older =
        card.major() < OLDEST_MAJOR
            || (card.major() == OLDEST_MAJOR && card.minor() < OLDEST_MINOR);
    if (older) {
      throw new CudaUnavailableException(
          "cuda:"
              + card.index()
              + " ("
              + card.name()
              + ") has compute capability "
              + card.capability()
              + ", dpo4j needs 7.5 (Turing) or newer: take another card with --device cuda:N, or"
              + " use --device cpu");
    }
  }

  /** A driver serves every CUDA of its major version and of older ones. */
  static void checkVersions(int driver, TorchInstallation installation) {
    int major = installation.cudaMajor();
    if (driver / 1000 < major) {
      throw new CudaUnavailableException(
          "NVIDIA's driver is too old for PyTorch "
              + installation.version()
              + ": it serves CUDA up to "
              + DriverLibrary.text(driver)
              + ", this PyTorch is built for "
              + installation.cuda()
              + ". Install a newer driver, or a PyTorch built for CUDA "
              + driver / 1000
              + " (https://pytorch.org/get-started/locally shows the command)");
    }
  }

  /** The compiler with its cache, after it has shown that it compiles for the card. */
  private static CubinCache cubins(TorchInstallation installation, CudaCard card) {
    Path nvrtc = installation.nvrtc();
    NvrtcCompiler compiler = compiler(installation);
    String architecture = architecture(compiler, card);
    try {
      compiler.compile("empty.cu", "extern \"C\" __global__ void empty() {}", architecture);
      return cubins(compiler, nvrtc, architecture, CubinCache.userFolder());
    } catch (IllegalStateException | IOException e) {
      throw unusable(installation, e);
    }
  }

  /** The compiler that belongs to a PyTorch. */
  static NvrtcCompiler compiler(TorchInstallation installation) {
    try {
      return NvrtcCompiler.open(installation.nvrtc(), installation.include());
    } catch (IllegalStateException e) {
      throw unusable(installation, e);
    }
  }

  private static CudaUnavailableException unusable(TorchInstallation installation, Exception e) {
    return new CudaUnavailableException(
        "NVRTC, which compiles dpo4j's kernels, does not work: "
            + e.getMessage()
            + ". Install it again in the environment of "
            + installation.folder(),
        e);
  }

  /** What kernels for a card are compiled for. */
  static String architecture(NvrtcCompiler compiler, CudaCard card) {
    try {
      return compiler.architectureFor(card);
    } catch (IllegalStateException e) {
      throw new CudaUnavailableException(
          e.getMessage()
              + ". Install a PyTorch built for a CUDA that serves this card"
              + " (https://pytorch.org/get-started/locally shows the command)",
          e);
    }
  }

  /** The cache of what a compiler makes for one architecture. */
  static CubinCache cubins(NvrtcCompiler compiler, Path nvrtc, String architecture, Path folder)
      throws IOException {
    // Releases between two minor versions differ in the size of their library.
    String version = compiler.version() + " " + Files.size(nvrtc);
    return new CubinCache(
        folder, version, (file, source, card) -> compiler.compile(file, source, architecture));
  }
}
