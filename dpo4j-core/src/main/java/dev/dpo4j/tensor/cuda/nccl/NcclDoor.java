/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.nccl;

import com.sun.jna.Memory;
import com.sun.jna.ptr.PointerByReference;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.cuda.kernel.Driver;
import dev.dpo4j.tensor.cuda.kernel.SideStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Brings the cards of several processes together by NCCL, which is loaded when it is needed. */
public final class NcclDoor implements Backend.PeerDoor {
  private final Driver driver;
  private final String place;
  private final Supplier<NcclLibrary> loading;
  private @Nullable NcclLibrary loaded;

  /**
   * Prepares for a card.
   *
   * @param place where the card is in its machine
   * @param loading loads NCCL
   */
  public NcclDoor(Driver driver, String place, Supplier<NcclLibrary> loading) {
    this.driver = driver;
    this.place = place;
    this.loading = loading;
  }

  private synchronized NcclLibrary library() {
    NcclLibrary library = loaded;
    if (library == null) {
      library = loading.get();
      loaded = library;
    }
    return library;
  }

  @Override
  public String place() {
    return place;
  }

  @Override
  public String version() {
    return library().version();
  }

  @Override
  public byte[] found() {
    try (Memory id = new Memory(NcclId.BYTES)) {
      library().check(library().call("ncclGetUniqueId", id), "founding a group of cards", null);
      return id.getByteArray(0, NcclId.BYTES);
    }
  }

  @Override
  public Backend.Peers join(byte[] group, int rank, int size) {
    NcclLibrary library = library();
    SideStream stream = driver.sideStream();
    stream.use();
    PointerByReference communicator = new PointerByReference();
    library.check(
        library.call("ncclCommInitRank", communicator, size, NcclId.of(group), rank),
        "bringing the cards of all processes together",
        null);
    return new NcclPeers(library, stream, communicator.getValue(), rank, size);
  }
}
