/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.torch;

import com.sun.jna.NativeLibrary;

/** Takes a library that plays PyTorch for PyTorch. */
public final class FakeTorch {
  private FakeTorch() {}

  /** Binds the functions to the library. */
  public static TorchLibrary of(NativeLibrary library, TorchInstallation installation) {
    return TorchLibrary.of(library, installation);
  }
}
