/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

/**
 * The functions of NVIDIA's driver ({@code libcuda}) that we call, bound by {@link DriverLibrary};
 * pointers and handles are plain numbers. Each returns 0, or an error code.
 */
final class DriverNatives {
  private DriverNatives() {}

  static native int cuInit(int flags);

  static native int cuDriverGetVersion(long version);

  static native int cuDeviceGetCount(long count);

  static native int cuDeviceGet(long device, int ordinal);

  static native int cuDeviceGetName(long name, int length, int device);

  static native int cuDeviceGetPCIBusId(long text, int length, int device);

  static native int cuDeviceTotalMem_v2(long bytes, int device);

  static native int cuDeviceGetAttribute(long value, int attribute, int device);

  static native int cuDevicePrimaryCtxRetain(long context, int device);

  static native int cuDevicePrimaryCtxRelease_v2(int device);

  static native int cuCtxSetCurrent(long context);

  static native int cuMemGetInfo_v2(long free, long total);

  static native int cuGetErrorName(int error, long text);

  static native int cuGetErrorString(int error, long text);

  static native int cuModuleLoadData(long module, long image);

  static native int cuModuleGetFunction(long function, long module, long name);

  static native int cuModuleUnload(long module);

  static native int cuLaunchKernel(
      long function,
      int gridX,
      int gridY,
      int gridZ,
      int blockX,
      int blockY,
      int blockZ,
      int sharedBytes,
      long stream,
      long parameters,
      long extra);

  static native int cuStreamSynchronize(long stream);

  static native int cuStreamCreate(long stream, int flags);

  static native int cuStreamWaitEvent(long stream, long event, int flags);

  static native int cuStreamDestroy_v2(long stream);

  static native int cuMemcpyAsync(long target, long source, long bytes, long stream);

  static native int cuMemHostAlloc(long address, long bytes, int flags);

  static native int cuMemFreeHost(long address);

  static native int cuMemcpyHtoDAsync_v2(long target, long source, long bytes, long stream);

  static native int cuMemcpyDtoHAsync_v2(long target, long source, long bytes, long stream);

  static native int cuMemcpyDtoDAsync_v2(long target, long source, long bytes, long stream);

  static native int cuMemsetD8Async(long target, byte value, long bytes, long stream);

  static native int cuEventCreate(long event, int flags);

  static native int cuEventRecord(long event, long stream);

  static native int cuEventSynchronize(long event);

  static native int cuEventQuery(long event);

  static native int cuEventDestroy_v2(long event);
}
