/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

/**
 * What a server puts around a page that it serves; all of it is markup.
 *
 * @param folder the path under which the server gives styles and scripts, such as {@code /web/}
 * @param head links to further styles and scripts
 * @param top what stands above everything
 * @param tools what stands between the header and the sections
 * @param points whether the curves are there, or only everything else
 */
public record Surroundings(String folder, String head, String top, String tools, boolean points) {}
