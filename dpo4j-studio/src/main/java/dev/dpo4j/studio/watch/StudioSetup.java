/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.studio.launch.RunMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a program brings to the studio.
 *
 * @param token the token that lets a browser in, or null for a random one
 * @param methods the commands that train, the usual one first
 * @param program the beginning of the command line of dpo4j, for the runs that are started
 * @param name dpo4j as its user has called it, for commands to copy
 */
public record StudioSetup(
    @Nullable String token, List<RunMethod> methods, List<String> program, String name) {
  public StudioSetup {
    methods = List.copyOf(methods);
    program = List.copyOf(program);
  }
}
