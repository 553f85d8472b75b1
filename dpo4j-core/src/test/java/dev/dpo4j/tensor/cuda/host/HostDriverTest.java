/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Pointer;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.kernel.Arguments;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.Numbers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory and launches of the device that needs no card. */
class HostDriverTest {
  private static final long MEMORY = 10_000;

  private HostDriver device;

  @BeforeEach
  void open() {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    device = new HostDriver(MEMORY, HostDriver.MOST_THREADS, false);
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  @Test
  void memoryIsAlignedCountedAndGivenBack() {
    long a = device.allocate(1000);
    long b = device.allocate(7);
    assertThat(a % 256).isZero();
    assertThat(b % 256).isZero();
    assertThat(device.freeBytes()).isEqualTo(MEMORY - 1007);
    device.free(a);
    assertThat(device.freeBytes()).isEqualTo(MEMORY - 7);
    assertThat(device.peakBytes()).isEqualTo(1007);
    device.resetPeak();
    assertThat(device.peakBytes()).isEqualTo(7);
    device.free(b);
    assertThat(device.freeBytes()).isEqualTo(device.totalBytes());
  }

  @Test
  void moreThanIsLeftIsRefusedWithWhatIsFree() {
    device.allocate(9_000);
    assertThatThrownBy(() -> device.allocate(1_001))
        .isInstanceOfSatisfying(
            DeviceMemoryException.class,
            e -> {
              assertThat(e.wanted()).isEqualTo(1_001);
              assertThat(e.free()).isEqualTo(1_000);
            });
  }

  @Test
  void bytesGoThereAndBackFromHeapAndDirectBuffersAndWithin() {
    long a = device.allocate(8);
    long b = device.allocate(8);
    ByteBuffer direct = ByteBuffer.allocateDirect(8).put(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    device.toDevice(a, direct.flip());
    device.copy(b, a, 8);
    device.zero(b + 2, 3);
    ByteBuffer heap = ByteBuffer.allocate(8);
    device.fromDevice(heap, b);
    assertThat(heap.array()).containsExactly(1, 2, 0, 0, 0, 6, 7, 8);
    device.toDevice(a, heap.flip().position(4));
    ByteBuffer again = ByteBuffer.allocateDirect(8);
    device.fromDevice(again, a);
    assertThat(again.hasRemaining()).isFalse();
    assertThat(again.flip().getInt()).isEqualTo(0x00060708);
  }

  @Test
  void aCopyBesideTheLaunchesIsDoneWhenItIsWaitedForAndNoMemoryOfItIsFreedBefore() {
    long card = device.allocate(4);
    long host = device.allocateHost(4);
    long other = device.allocate(4);
    new Pointer(host).setInt(0, 7);
    long copy = device.copyAside(card, host, 4, false);
    assertThat(new Pointer(card).getInt(0)).isNotEqualTo(7);
    device.free(other);
    assertThatThrownBy(() -> device.free(card))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before its copies were waited for");
    device.await(copy);
    assertThat(new Pointer(card).getInt(0)).isEqualTo(7);
    device.freeHost(host);
    device.free(card);
  }

  @Test
  void freshMemoryIsNotANumber() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16}) {
      assertThat(Numbers.empty(device, dtype, 5).values()).containsOnly(Double.NaN);
    }
  }

  @Test
  void writingBeyondAnAllocationIsFoundWhenItIsFreed() {
    long a = device.allocate(100);
    new Pointer(a).setByte(100, (byte) 1);
    assertThatThrownBy(() -> device.free(a))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("wrote beyond the 100 bytes");
  }

  @Test
  void memoryCannotBeFreedTwice() {
    long a = device.allocate(100);
    device.free(a);
    assertThatThrownBy(() -> device.free(a)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void launchesThatNoCardTakesAreRefused() {
    Arguments arguments = new Arguments().begin();
    assertThatThrownBy(() -> device.launch(Kernel.UNARY, 0, 1, 32, arguments))
        .hasMessageContaining("0 x 1 blocks");
    assertThatThrownBy(() -> device.launch(Kernel.UNARY, 1, 65536, 32, arguments))
        .hasMessageContaining("65536 blocks");
    assertThatThrownBy(() -> device.launch(Kernel.UNARY, 1, 1, 48, arguments))
        .hasMessageContaining("48 threads");
    assertThatThrownBy(() -> device.launch(Kernel.UNARY, 1, 1, 2048, arguments))
        .hasMessageContaining("2048 threads");
  }

  @Test
  void blocksThatAreLargerThanTheDeviceRunsAreCut() {
    Numbers out = Numbers.empty(device, DType.FLOAT32, 1000);
    Arguments arguments = new Arguments().begin();
    arguments.add(out.address()).add(out.type()).add(0L).add(0L).add(1000L).add(1L);
    arguments.add(new long[] {1000}, 6, 1).add(new long[] {1}, 6, 0).add(new long[0], 6, 0);
    arguments.add(7L).add(2.5);
    device.launch(Kernel.UNARY, 1, 1, 1024, arguments);
    device.synchronize();
    assertThat(out.values()).containsOnly(2.5);
  }

  @Test
  void addressesAreThoseOfTheHost() {
    long a = device.allocate(4);
    device.toDevice(a, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(0, 77));
    assertThat(new Pointer(a).getInt(0)).isEqualTo(77);
  }
}
