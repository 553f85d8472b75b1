/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.dpo4j.tensor.cuda.kernel.Kernel;
import dev.dpo4j.tensor.cuda.kernel.KernelSource;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kernels as the driver has them, each file compiled and loaded when it is first used. */
final class KernelModules implements AutoCloseable {
  private final CubinCache cubins;
  private final String architecture;
  private final Map<String, Long> modules = new HashMap<>();
  private final EnumMap<Kernel, Long> functions = new EnumMap<>(Kernel.class);

  KernelModules(CubinCache cubins, String architecture) {
    this.cubins = cubins;
    this.architecture = architecture;
  }

  /** The driver's handle of a kernel. */
  long function(Kernel kernel) {
    Long function = functions.get(kernel);
    if (function == null) {
      function = lookUp(kernel);
      functions.put(kernel, function);
    }
    return function;
  }

  private long lookUp(Kernel kernel) {
    @Nullable Long module = modules.get(kernel.file());
    if (module == null) {
      module = load(kernel.file());
      modules.put(kernel.file(), module);
    }
    try (Memory name = text(kernel.function());
        Memory result = new Memory(Long.BYTES)) {
      DriverLibrary.check(
          DriverNatives.cuModuleGetFunction(
              Pointer.nativeValue(result), module, Pointer.nativeValue(name)),
          "looking for the kernel " + kernel.function() + " in " + kernel.file() + ".cu");
      return result.getLong(0);
    }
  }

  private long load(String file) {
    byte[] binary = cubins.binary(file + ".cu", KernelSource.of(file), architecture);
    try (Memory image = new Memory(binary.length);
        Memory result = new Memory(Long.BYTES)) {
      image.write(0, binary, 0, binary.length);
      DriverLibrary.check(
          DriverNatives.cuModuleLoadData(Pointer.nativeValue(result), Pointer.nativeValue(image)),
          "loading the kernels of " + file + ".cu for " + architecture);
      return result.getLong(0);
    }
  }

  private static Memory text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    Memory memory = new Memory(bytes.length + 1L);
    memory.write(0, bytes, 0, bytes.length);
    memory.setByte(bytes.length, (byte) 0);
    return memory;
  }

  @Override
  public void close() {
    for (long module : modules.values()) {
      // A lost card refuses; the process gives everything back when it ends.
      int unused = DriverNatives.cuModuleUnload(module);
    }
    modules.clear();
    functions.clear();
  }
}
