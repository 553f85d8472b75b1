/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.markdown;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.strikethrough.StrikethroughExtension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.HtmlWriter;

/**
 * Turns Markdown that nobody vouches for into HTML that is safe to put into a page.
 *
 * <p>HTML in the text is shown as text. A link is kept only if it is absolute and leads to http,
 * https or mail; a picture becomes its description, because loading it would tell somebody that it
 * was looked at. What the renderer writes is a closed set of elements without any handler or style.
 */
public final class MarkdownHtml {
  /** Longer texts are shown as they are: nobody reads them as a page. */
  private static final int MAX_CHARS = 200_000;

  private static final Pattern SAFE_URL =
      Pattern.compile("(https?://|mailto:)[^\\s<>\"'`\\\\]+", Pattern.CASE_INSENSITIVE);

  private static final List<Extension> EXTENSIONS =
      List.of(TablesExtension.create(), StrikethroughExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder()
          .extensions(EXTENSIONS)
          .escapeHtml(true)
          .sanitizeUrls(true)
          .nodeRendererFactory(Links::new)
          // A line that a model has ended is meant to end.
          .softbreak("<br>\n")
          .build();

  private MarkdownHtml() {}

  /** Renders a text. */
  public static String render(String markdown) {
    if (markdown.length() > MAX_CHARS) {
      return plain(markdown);
    }
    try {
      return RENDERER.render(PARSER.parse(markdown));
    } catch (StackOverflowError e) {
      // The renderer calls itself for each level; thousands of them are an attack or an accident.
      return plain(markdown);
    }
  }

  /** Shows a text letter by letter. */
  public static String plain(String text) {
    return "<pre class=\"plain\">" + escape(text) + "</pre>\n";
  }

  /** Shows a text as code, for example the arguments of a call. */
  public static String code(String text) {
    return "<pre><code>" + escape(text) + "</code></pre>\n";
  }

  /** Writes a text so that a browser reads it as text, also inside an attribute. */
  public static String escape(String text) {
    StringBuilder html = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> html.append("&amp;");
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '"' -> html.append("&quot;");
        case '\'' -> html.append("&#39;");
        default -> html.append(c);
      }
    }
    return html.toString();
  }

  /** Writes links and pictures in our own way. */
  private static final class Links implements NodeRenderer {
    private final HtmlNodeRendererContext context;
    private final HtmlWriter html;

    Links(HtmlNodeRendererContext context) {
      this.context = context;
      this.html = context.getWriter();
    }

    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(Link.class, Image.class);
    }

    @Override
    public void render(Node node) {
      if (node instanceof Image image) {
        html.tag("span", Map.of("class", "picture"));
        children(image);
        html.tag("/span");
      } else if (node instanceof Link link) {
        link(link);
      }
    }

    private void link(Link link) {
      String url = link.getDestination().strip();
      if (!SAFE_URL.matcher(url).matches()) {
        html.tag("span", Map.of("class", "dropped-link"));
        children(link);
        html.tag("/span");
        return;
      }
      Map<String, String> attributes = new LinkedHashMap<>();
      attributes.put("href", context.encodeUrl(url));
      attributes.put("title", url);
      attributes.put("target", "_blank");
      attributes.put("rel", "noopener noreferrer nofollow");
      html.tag("a", attributes);
      children(link);
      html.tag("/a");
    }

    private void children(Node parent) {
      Node child = parent.getFirstChild();
      while (child != null) {
        Node next = child.getNext();
        context.render(child);
        child = next;
      }
    }
  }
}
