/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.cuda.host.HostDriver;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import dev.dpo4j.tensor.cuda.host.HostProducts;
import dev.dpo4j.tensor.cuda.host.PlainAttention;
import dev.dpo4j.tensor.cuda.kernel.CardTraits;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import dev.dpo4j.tensor.cuda.kernel.Products;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check that a device computes rightly, on the host and on spoilt hosts. */
class SelfCheckTest {
  private HostDriver device;

  @BeforeEach
  void open() {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    device = new HostDriver();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
    }
  }

  private void check(Driver driver, Products products, FlashKernels flash) {
    CudaBackend backend =
        new CudaBackend(
            Device.CPU,
            new CardTraits("a device under test", "a device", true),
            driver,
            products,
            flash,
            null);
    SelfCheck.run(backend, driver, flash);
  }

  private Products products() {
    return new HostProducts(device, null);
  }

  @Test
  void aDeviceThatComputesRightlyPasses() {
    assertThatCode(() -> check(device, products(), new PlainAttention(device)))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest(name = "without {0}")
  @EnumSource(Kernel.class)
  void aKernelThatDoesNothingIsFound(Kernel broken) {
    Driver driver =
        (Driver)
            Proxy.newProxyInstance(
                Driver.class.getClassLoader(),
                new Class<?>[] {Driver.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("launch") && arguments[0] == broken) {
                    return null;
                  }
                  try {
                    return method.invoke(device, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    assertThatThrownBy(() -> check(driver, products(), new PlainAttention(device)))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("wrongly")
        .hasMessageContaining("--device cpu");
  }

  @Test
  void productsThatAreLeftOutAreFound() {
    Products nothing =
        new Products() {
          @Override
          public void multiply(Matrices c, Matrices a, Matrices b, double beta) {}

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> check(device, nothing, new PlainAttention(device)))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("products of float32");
  }

  /** As cards do where tf32 was not forbidden. */
  @Test
  void productsOfShortMantissasAreFound() {
    Products exact = products();
    Products shortened =
        new Products() {
          @Override
          public void multiply(Matrices c, Matrices a, Matrices b, double beta) {
            shorten(a);
            shorten(b);
            exact.multiply(c, a, b, beta);
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> check(device, shortened, new PlainAttention(device)))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("a step of a model of two layers in float32: the loss is 3.8")
        .hasMessageContaining("expected 3.837193875")
        .hasMessageContaining("Install PyTorch 2.10 to 2.15");
  }

  /** Rounds a matrix where it lies to the ten bits of tf32. */
  private void shorten(Matrices x) {
    if (x.dtype() != DType.FLOAT32) {
      return;
    }
    long last = (x.rows() - 1) * x.rowStride() + (x.columns() - 1) * x.columnStride();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact((last + 1) * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    device.fromDevice(bytes, x.address());
    for (int at = 0; at < bytes.capacity(); at += Float.BYTES) {
      bytes.putInt(at, (bytes.getInt(at) + 0x1000) & 0xffffe000);
    }
    device.toDevice(x.address(), bytes.rewind());
  }

  @Test
  void gradientsOfAttentionThatAreWrongInSmallHeadsAreFoundByTheModel() {
    assertThatThrownBy(() -> check(device, products(), forgetful(new PlainAttention(device))))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("a step of a model of two layers in bfloat16: the gradient of");
  }

  private static FlashKernels forgetful(FlashKernels plain) {
    return (FlashKernels)
        Proxy.newProxyInstance(
            FlashKernels.class.getClassLoader(),
            new Class<?>[] {FlashKernels.class},
            (proxy, method, arguments) -> {
              // The model's heads are smaller than those of the other checks.
              if (method.getName().equals("backward")
                  && ((FlashKernels.Heads) arguments[0]).size() == CheckedModel.SIZE) {
                FlashKernels.Spans spans = (FlashKernels.Spans) arguments[9];
                arguments[9] = narrowed(spans, 1);
              }
              return method.invoke(plain, arguments);
            });
  }

  @Test
  void attentionThatSeesTooLittleIsFound() {
    FlashKernels plain = new PlainAttention(device);
    FlashKernels narrow =
        new FlashKernels() {
          @Override
          public boolean supports(DType dtype, long size) {
            return true;
          }

          @Override
          public void forward(Heads out, long sums, Heads q, Heads k, Heads v, Spans spans) {
            plain.forward(out, sums, q, k, v, narrowed(spans, 3));
          }

          @Override
          public void backward(
              Heads dq,
              Heads dk,
              Heads dv,
              Heads dout,
              Heads out,
              long sums,
              Heads q,
              Heads k,
              Heads v,
              Spans spans) {
            plain.backward(dq, dk, dv, dout, out, sums, q, k, v, spans);
          }
        };
    assertThatThrownBy(() -> check(device, products(), narrow))
        .isInstanceOf(CudaUnavailableException.class)
        .hasMessageContaining("attention");
  }

  /** As if a query did not see all its keys. */
  private static FlashKernels.Spans narrowed(FlashKernels.Spans spans, int window) {
    return new FlashKernels.Spans(
        spans.queryStarts(),
        spans.keyStarts(),
        spans.count(),
        spans.longestQueries(),
        spans.longestKeys(),
        spans.scale(),
        window);
  }
}
