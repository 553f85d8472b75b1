/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/** {@code ncclUniqueId}, which is handed over by value; public for JNA alone. */
@FieldOrder("internal")
public final class NcclId extends Structure implements Structure.ByValue {
  static final int BYTES = 128;

  /** What a group is known by. */
  public byte[] internal = new byte[BYTES];

  /** For JNA. */
  public NcclId() {}

  static NcclId of(byte[] bytes) {
    NcclId id = new NcclId();
    System.arraycopy(bytes, 0, id.internal, 0, BYTES);
    return id;
  }
}
