/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.CudaException;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import dev.dpo4j.tensor.cuda.torch.FakeTorch;
import dev.dpo4j.tensor.cuda.torch.TorchLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way through the native calls, with a card made of host memory. */
class CudaDriverTest {
  /** Blocks that {@link PinnedTransfers} has for itself. */
  private static final int PINNED_FOR_TRANSFERS = 6;

  private static final byte[] CUBIN = {0x7f, 'E', 'L', 'F', 1, 2, 3};

  @TempDir static Path folder;
  private static FakeCuda fake;
  private static DriverLibrary library;

  private CudaDriver driver;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    fake = FakeCuda.compile(folder);
    library = DriverLibrary.of(fake.library);
  }

  @BeforeEach
  void open() {
    TorchLibrary torch = FakeTorch.of(fake.library, fake.installation());
    CubinCache cubins = new CubinCache(folder.resolve("cubins"), "13.0", (f, s, a) -> CUBIN);
    driver = CudaDriver.open(library, torch, library.card(0), cubins);
  }

  @AfterEach
  void close() {
    fake.failFromNowOn(0);
    driver.close();
    assertThat(fake.ask("fake_live_blocks")).isZero();
    assertThat(fake.ask("fake_pinned_blocks")).isZero();
    assertThat(fake.ask("fake_live_streams")).isZero();
    assertThat(fake.ask("fake_live_tensors")).isZero();
  }

  @Test
  void cardsAreDescribed() {
    assertThat(library.cards()).isEqualTo(2);
    assertThat(library.card(1).name()).isEqualTo("Fake B");
    assertThat(library.card(0))
        .isEqualTo(new CudaCard(0, "Fake A", 1L << 30, 9, 0, 132, "0000:01:00.0"));
    assertThat(library.card(0).architecture()).isEqualTo("sm_90");
    assertThat(driver.driverVersion()).isEqualTo("13.0");
    assertThat(driver.name()).isEqualTo("Fake A");
  }

  @Test
  void bytesComeBackAsTheyWentWhateverTheirNumber() {
    Random random = new Random(1);
    int block = PinnedTransfers.BLOCK;
    for (int size : new int[] {0, 1, 255, 257, block - 1, block, block + 1, 5 * block + 13}) {
      byte[] sent = new byte[size];
      random.nextBytes(sent);
      long address = driver.allocate(size + 7);
      ByteBuffer source = ByteBuffer.allocateDirect(size + 5);
      source.position(5);
      source.put(sent).position(5);
      driver.toDevice(address, source);
      assertThat(source.hasRemaining()).isFalse();
      ByteBuffer back = ByteBuffer.allocate(size + 3);
      back.position(3);
      driver.fromDevice(back, address);
      assertThat(back.hasRemaining()).isFalse();
      byte[] received = new byte[size];
      back.position(3).get(received);
      assertThat(received).isEqualTo(sent);
      driver.free(address);
    }
  }

  @Test
  void memoryOfTheHostIsReachedLikeThatOfTheCardAndCopiedBesideTheLaunches() {
    long host = driver.allocateHost(64);
    long device = driver.allocate(64);
    driver.zero(host, 64);
    ByteBuffer sent = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    driver.toDevice(host + 8, sent.putLong(0, 42).rewind());
    assertThat(driver.copyAside(device, host, 64, false)).isEqualTo(1);
    int waits = fake.ask("fake_stream_waits");
    driver.await(1);
    assertThat(fake.ask("fake_stream_waits")).isEqualTo(waits + 1);
    driver.zero(host, 64);
    assertThat(driver.copyAside(host, device, 16, true)).isEqualTo(2);
    driver.copy(host + 32, host + 8, 8);
    ByteBuffer back = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    driver.fromDevice(back, host);
    assertThat(back.getLong(8)).isEqualTo(42);
    assertThat(back.getLong(32)).isEqualTo(42);
    assertThat(back.getLong(40)).isZero();
    assertThatThrownBy(() -> driver.freeHost(device)).isInstanceOf(IllegalArgumentException.class);
    driver.freeHost(host);
    driver.free(device);
    assertThat(fake.ask("fake_pinned_blocks")).isEqualTo(PINNED_FOR_TRANSFERS);
  }

  @Test
  void aSideStreamFollowsTheLaunchesAndTellsWhenItIsDone() {
    int waits = fake.ask("fake_stream_waits");
    try (SideStream side = driver.sideStream()) {
      assertThat(side.handle()).isNotZero();
      side.follow();
      assertThat(fake.ask("fake_stream_waits")).isEqualTo(waits + 1);
      long mark = side.mark();
      fake.tell("fake_pending_queries", 2);
      assertThat(side.isDone(mark)).isFalse();
      assertThat(side.isDone(mark)).isFalse();
      assertThat(side.isDone(mark)).isTrue();
      fake.failFromNowOn(719);
      assertThatThrownBy(() -> side.isDone(mark))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("the card is lost to this process");
    }
  }

  @Test
  void aHostWithoutMemoryToPinSaysWhichOptionsToLeaveOut() {
    fake.tell("fake_free_host", 1000);
    assertThatThrownBy(() -> driver.allocateHost(1001))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("1,001 bytes")
        .hasMessageContaining("offload_optimizer")
        .hasMessageContaining("activation_offloading");
    fake.tell("fake_free_host", 1 << 30);
  }

  @Test
  void smallUploadsFollowEachOtherWithoutWaiting() {
    long address = driver.allocate(1000 * 8);
    int before = fake.ask("fake_events_waited");
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    for (int i = 0; i < 1000; i++) {
      driver.toDevice(address + i * 8L, word.putLong(0, i).rewind());
    }
    assertThat(fake.ask("fake_events_waited")).isEqualTo(before);
    ByteBuffer all = ByteBuffer.allocate(8000).order(ByteOrder.nativeOrder());
    driver.fromDevice(all, address);
    for (int i = 0; i < 1000; i++) {
      assertThat(all.getLong(i * 8)).isEqualTo(i);
    }
    driver.free(address);
  }

  @Test
  void copiesAndZerosStayWithinTheirStretch() {
    long address = driver.allocate(64);
    ByteBuffer bytes = ByteBuffer.allocate(64);
    for (int i = 0; i < 64; i++) {
      bytes.put(i, (byte) i);
    }
    driver.toDevice(address, bytes);
    driver.copy(address + 32, address, 16);
    driver.zero(address + 8, 8);
    ByteBuffer back = ByteBuffer.allocate(64);
    driver.fromDevice(back, address);
    assertThat(back.get(7)).isEqualTo((byte) 7);
    assertThat(back.getLong(8)).isZero();
    assertThat(back.get(16)).isEqualTo((byte) 16);
    assertThat(back.get(47)).isEqualTo((byte) 15);
    assertThat(back.get(48)).isEqualTo((byte) 48);
    driver.free(address);
  }

  @Test
  void aKernelIsStartedWithGridBlockAndArguments() {
    long address = driver.allocate(10 * 8);
    Arguments arguments = new Arguments();
    for (int turn = 1; turn <= 2; turn++) {
      driver.launch(Kernel.SWIGLU, 7, 3, 128, arguments.begin().add(address).add(40L + turn));
      ByteBuffer out = ByteBuffer.allocate(80).order(ByteOrder.nativeOrder());
      driver.fromDevice(out, address);
      long[] seen = new long[10];
      out.flip().asLongBuffer().get(seen);
      assertThat(seen).containsExactly(7, 3, 1, 128, 1, 1, 0, 0, 600, 40 + turn);
    }
    assertThatThrownBy(() -> driver.launch(Kernel.SWIGLU, 0, 1, 128, arguments))
        .isInstanceOf(IllegalArgumentException.class);
    driver.free(address);
  }

  @Test
  void memoryIsCountedAndItsEndIsTold() {
    driver.resetPeak();
    long first = driver.allocate(1000);
    long second = driver.allocate(500);
    driver.free(first);
    assertThat(driver.peakBytes()).isEqualTo(1500);
    driver.resetPeak();
    assertThat(driver.peakBytes()).isEqualTo(500);
    assertThat(driver.totalBytes()).isEqualTo(1L << 30);
    DeviceMemoryException failure =
        catchThrowableOfType(DeviceMemoryException.class, () -> driver.allocate(1L << 31));
    assertThat(failure.wanted()).isEqualTo(1L << 31);
    assertThat(failure.free()).isPositive();
    assertThatThrownBy(() -> driver.free(first)).isInstanceOf(IllegalArgumentException.class);
    driver.free(second);
  }

  @Test
  void aLostCardIsToldAsSuch() {
    long address = driver.allocate(80);
    fake.failFromNowOn(719);
    CudaException failure = catchThrowableOfType(CudaException.class, driver::synchronize);
    assertThat(failure.cardLost()).isTrue();
    assertThat(failure)
        .hasMessageContaining("card is lost")
        .hasMessageContaining("CUDA error 719 (CUDA_ERROR_LAUNCH_FAILED, some words)")
        .hasMessageContaining("last checkpoint");
    assertThat(catchThrowableOfType(CudaException.class, () -> driver.allocate(8)).cardLost())
        .isTrue();
    assertThat(address).isNotZero();
  }

  @Test
  void aCardThatAnotherProcessHoldsAloneIsToldAsSuchAndNotAsLost() {
    TorchLibrary torch = driver.torch();
    CubinCache cubins = new CubinCache(folder.resolve("cubins"), "13.0", (f, s, a) -> CUBIN);
    fake.failFromNowOn(46);
    assertThatThrownBy(() -> CudaDriver.open(library, torch, library.card(1), cubins))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("card 1 (Fake B) does not start: starting card 1 (Fake B) failed")
        .hasMessageContaining("CUDA error 46")
        .hasMessageContaining("exclusive mode, another process holds it")
        .hasMessageContaining("--device cuda:N")
        .hasMessageNotContainingAny("is lost", "checkpoint");
  }

  @Test
  void aPyTorchWithoutKernelsForTheCardIsRefusedWithWhatToInstall() {
    TorchLibrary torch = driver.torch();
    CubinCache cubins = new CubinCache(folder.resolve("cubins"), "13.0", (f, s, a) -> CUBIN);
    fake.tell("fake_no_kernels", 1);
    try {
      assertThatThrownBy(() -> CudaDriver.open(library, torch, library.card(0), cubins))
          .isInstanceOf(CudaUnavailableException.class)
          .hasMessageContaining("PyTorch 2.15.0 cannot compute on card 0 (Fake A)")
          .hasMessageContaining("compute capability 9.0")
          .hasMessageContaining("built without kernels for this card: install one for a newer");
    } finally {
      fake.tell("fake_no_kernels", 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100, It finds no card",
    "803, restart the machine after an update of the driver",
    "35, install a newer driver",
    "34, stub of a CUDA toolkit",
    "802, nvidia-fabricmanager",
    "999, Check that \"nvidia-smi\" works",
  })
  void aDriverThatDoesNotStartSaysWhatToDo(int error, String remedy) {
    assertThat(DriverLibrary.startFailure(error))
        .startsWith("NVIDIA's driver does not start: CUDA error " + error)
        .contains(remedy);
  }

  @Test
  void anotherThreadMayGoOn() throws InterruptedException {
    long[] address = new long[1];
    Thread thread = new Thread(() -> address[0] = driver.allocate(16));
    thread.start();
    thread.join();
    driver.free(address[0]);
  }

  @Test
  void productsOfEveryLayoutAreRight() {
    CublasProducts products = new CublasProducts(driver);
    for (int[] shape :
        new int[][] {{2, 3, 4}, {1, 3, 4}, {2, 1, 4}, {2, 3, 1}, {1, 1, 1}, {1, 1, 5}, {5, 1, 1}}) {
      for (int layout = 0; layout < 4; layout++) {
        for (int batch : new int[] {1, 3}) {
          for (int beta = 0; beta < 2; beta++) {
            product(products, shape, batch, (layout & 1) == 1, (layout & 2) == 2, beta);
          }
        }
      }
    }
    products.close();
  }

  @Test
  void onlyFloat32FactorsAreRoundedToTf32AndOnlyWhereThatIsAllowed() {
    try (CublasProducts products = new CublasProducts(driver)) {
      product(products, new int[] {2, 3, 4}, 1, false, false, 0);
      assertThat(fake.ask("fake_last_compute")).isEqualTo(68);
      products.allowTf32(true);
      for (int batch : new int[] {1, 3}) {
        product(products, new int[] {2, 3, 4}, batch, false, false, 0);
        assertThat(fake.ask("fake_last_compute")).isEqualTo(77);
      }
      products.allowTf32(false);
      product(products, new int[] {2, 3, 4}, 1, false, false, 0);
      assertThat(fake.ask("fake_last_compute")).isEqualTo(68);
    }
  }

  @Test
  void attentionIsToldToSumInAFixedOrderOnlyIfThatIsAskedFor() {
    TorchFlashAttention flash = new TorchFlashAttention(driver);
    flash.fixOrder(false);
    assertThat(fake.ask("fake_deterministic")).isZero();
    flash.fixOrder(true);
    assertThat(fake.ask("fake_deterministic")).isEqualTo(1);
    flash.fixOrder(false);
    assertThat(fake.ask("fake_deterministic")).isZero();
  }

  private void product(
      CublasProducts products, int[] shape, int batch, boolean aTurned, boolean bTurned, int beta) {
    int m = shape[0];
    int k = shape[1];
    int n = shape[2];
    long memory = driver.allocate(4096 * 4);
    ByteBuffer bytes = ByteBuffer.allocate(4096 * 4).order(ByteOrder.nativeOrder());
    for (int i = 0; i < 4096; i++) {
      bytes.putFloat(i * 4, i % 13 - 6);
    }
    driver.toDevice(memory, bytes.rewind());
    Matrices a = matrices(memory, m, k, batch, aTurned, 2);
    Matrices b = matrices(memory + 1024 * 4, k, n, batch, bTurned, 3);
    Matrices c = matrices(memory + 2048 * 4, m, n, batch, false, 1);
    products.multiply(c, a, b, beta);
    ByteBuffer after = ByteBuffer.allocate(4096 * 4).order(ByteOrder.nativeOrder());
    driver.fromDevice(after, memory);
    for (int i = 0; i < batch; i++) {
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          float sum = beta * value(bytes, memory, c, i, row, column);
          for (int j = 0; j < k; j++) {
            sum += value(bytes, memory, a, i, row, j) * value(bytes, memory, b, i, j, column);
          }
          assertThat(value(after, memory, c, i, row, column))
              .as("%s = %s x %s, beta %d", c, a, b, beta)
              .isEqualTo(sum);
        }
      }
    }
    driver.free(memory);
  }

  private static Matrices matrices(
      long address, int rows, int columns, int batch, boolean turned, int gap) {
    int stride = (turned ? rows : columns) + gap;
    int next = stride * (turned ? columns : rows) + gap;
    return new Matrices(
        address,
        DType.FLOAT32,
        rows,
        columns,
        turned ? 1 : stride,
        turned ? stride : 1,
        batch,
        batch == 1 ? 0 : next);
  }

  private static float value(
      ByteBuffer bytes, long memory, Matrices matrix, int index, int row, int column) {
    long element =
        index * matrix.batchStride() + row * matrix.rowStride() + column * matrix.columnStride();
    return bytes.getFloat((int) (matrix.address() - memory + element * 4));
  }

  @Test
  void anEmptyResultIsNoProduct() {
    try (CublasProducts products = new CublasProducts(driver)) {
      Matrices none = new Matrices(0, DType.FLOAT32, 0, 4, 4, 1, 1, 0);
      Matrices b = new Matrices(0, DType.FLOAT32, 4, 4, 4, 1, 1, 0);
      products.multiply(none, none, b, 0);
      assertThatThrownBy(() -> products.multiply(none, b, b, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void attentionHandsOverWhatTheKernelsExpectAndLeavesNoTensor() {
    TorchFlashAttention flash = new TorchFlashAttention(driver);
    assertThat(flash.supports(DType.BFLOAT16, 64)).isTrue();
    assertThat(flash.supports(DType.FLOAT32, 64)).isFalse();
    assertThat(flash.supports(DType.FLOAT16, 20)).isFalse();
    int rows = 3;
    int width = 4 * 8;
    long memory = driver.allocate(1 << 14);
    ByteBuffer bytes = ByteBuffer.allocate(1 << 14).order(ByteOrder.nativeOrder());
    for (int i = 0; i < 1 << 13; i++) {
      bytes.putShort(i * 2, (short) i);
    }
    // Starts of one sequence: 0, 3.
    bytes.putInt(8000, 0).putInt(8004, rows);
    driver.toDevice(memory, bytes.rewind());
    // Two heads of queries and one each of keys and values, as columns of one matrix.
    FlashKernels.Heads q = heads(memory, rows, 2, width);
    FlashKernels.Heads k = heads(memory + 16 * 2, rows, 1, width);
    FlashKernels.Heads v = heads(memory + 24 * 2, rows, 1, width);
    FlashKernels.Heads out = heads(memory + 2048, rows, 2, 16);
    long lse = memory + 4096;
    FlashKernels.Spans spans =
        new FlashKernels.Spans(memory + 8000, memory + 8000, 1, rows, rows, 0.5, 3);
    flash.forward(out, lse, q, k, v, spans);
    FlashKernels.Heads dq = heads(memory + 5000, rows, 2, 16);
    FlashKernels.Heads dk = heads(memory + 6016, rows, 1, width);
    FlashKernels.Heads dv = heads(memory + 6016 + 8 * 2, rows, 1, width);
    flash.backward(dq, dk, dv, out, out, lse, q, k, v, spans);
    ByteBuffer after = ByteBuffer.allocate(1 << 14).order(ByteOrder.nativeOrder());
    driver.fromDevice(after, memory);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < 16; i++) {
        assertThat(after.getShort(2048 + (row * 16 + i) * 2)).isEqualTo((short) (row * width + i));
        assertThat(after.getShort(5000 + (row * 16 + i) * 2))
            .isEqualTo((short) (100 + row * 16 + i));
      }
      for (int i = 0; i < 8; i++) {
        assertThat(after.getShort(6016 + (row * width + i) * 2))
            .isEqualTo((short) (200 + row * 8 + i));
        assertThat(after.getShort(6016 + (row * width + 8 + i) * 2))
            .isEqualTo((short) (300 + row * 8 + i));
      }
    }
    // The fake writes its number, 100 times the scale and 1000 times the window.
    assertThat(after.getFloat(4096)).isEqualTo(2050f);
    assertThat(after.getFloat(4096 + 5 * 4)).isEqualTo(2055f);
    assertThat(fake.ask("fake_live_tensors")).isZero();
    driver.free(memory);
  }

  private static FlashKernels.Heads heads(long address, int rows, int heads, int rowStride) {
    return new FlashKernels.Heads(address, DType.BFLOAT16, rows, heads, 8, rowStride);
  }
}
