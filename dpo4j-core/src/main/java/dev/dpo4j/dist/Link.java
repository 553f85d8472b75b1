/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * A connection to another rank with a thread that reads and one that writes, so that nobody waits
 * for a process that does not read.
 */
final class Link implements Closeable {
  private static final long FLUSH_MILLIS = 2_000;

  private final int rank;
  private final Socket socket;
  private final BlockingQueue<RankMessage> waiting = new LinkedBlockingQueue<>();
  private final Thread writer;
  private volatile long heardNanos = System.nanoTime();
  private volatile boolean left;

  private Link(int rank, Socket socket, Seal sending) {
    this.rank = rank;
    this.socket = socket;
    this.writer = daemon("dpo4j-rank-" + rank + "-writer", () -> write(sending));
  }

  /**
   * Starts both threads.
   *
   * @param taken is given what comes
   * @param broken is told how the connection ended, where the other did not say that it leaves
   */
  static Link open(
      Handshake.Agreed agreed,
      Socket socket,
      Consumer<RankMessage> taken,
      Consumer<IOException> broken) {
    Link link = new Link(agreed.rank(), socket, agreed.sending());
    link.writer.start();
    daemon(
            "dpo4j-rank-" + agreed.rank() + "-reader",
            () -> link.read(agreed.receiving(), taken, broken))
        .start();
    return link;
  }

  private static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** The rank at the other end. */
  int rank() {
    return rank;
  }

  /** Whether the other has said that it leaves. */
  boolean hasLeft() {
    return left;
  }

  /** Nanoseconds since the other was heard of. */
  long silentNanos() {
    return System.nanoTime() - heardNanos;
  }

  /** Sends without waiting. */
  void send(RankMessage frame) {
    waiting.add(frame);
  }

  private void write(Seal seal) {
    try {
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
      RankMessage frame;
      do {
        frame = waiting.take();
        frame.write(out, seal);
      } while (frame.kind() != RankMessage.Kind.BYE && frame.kind() != RankMessage.Kind.FAILED);
      socket.shutdownOutput();
    } catch (IOException e) {
      return; // The reader finds it out, too, and tells.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(Seal seal, Consumer<RankMessage> taken, Consumer<IOException> broken) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(socket.getInputStream()))) {
      while (true) {
        RankMessage frame = RankMessage.read(in, seal);
        heardNanos = System.nanoTime();
        taken.accept(frame); // First what it said, then that it is gone.
        if (frame.kind() == RankMessage.Kind.BYE || frame.kind() == RankMessage.Kind.FAILED) {
          left = true;
        }
      }
    } catch (IOException e) {
      if (!left) {
        broken.accept(e);
      }
    }
  }

  /** Sends a last word, waits a little until it is on its way, and ends the connection. */
  void close(RankMessage last) {
    send(last);
    try {
      writer.join(FLUSH_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  @Override
  public void close() {
    writer.interrupt();
    try {
      socket.close();
    } catch (IOException e) {
      return; // It ends with the process.
    }
  }
}
