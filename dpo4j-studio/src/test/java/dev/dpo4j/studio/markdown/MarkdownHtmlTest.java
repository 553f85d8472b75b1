/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.markdown;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownHtmlTest {
  /** Everything that the renderer may write: no element with a handler, a style or a source. */
  private static final Pattern SAFE =
      Pattern.compile(
          "(?:[^<>]"
              + "|</?(?:p|h[1-6]|ul|ol|li|blockquote|pre|code|em|strong|del|hr|br|table|thead|tbody|tr|th|td|span|a)>"
              + "|<(?:br|hr) />"
              + "|<ol start=\"\\d+\">"
              + "|<code class=\"language-[^\"<>]*\">"
              + "|<pre class=\"plain\">"
              + "|<(?:th|td) align=\"(?:left|right|center)\">"
              + "|<span class=\"(?:picture|dropped-link)\">"
              + "|<a href=\"(?:https?://|mailto:)[^\"<>]*\" title=\"[^\"<>]*\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">"
              + ")*+");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<!-- <script> -->",
        "<?php <script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "[x](file:///etc/passwd)",
        "[x](/api/undo)",
        "[x](//evil.example)",
        "[x](http://a\"onmouseover=\"alert(1))",
        "[x](https://a.example \"t\" onclick=alert(1))",
        "<javascript:alert(1)>",
        "![x](http://evil.example/pixel.png)",
        "![<script>](javascript:alert(1))",
        "![a](x \"\\\" onerror=alert(1)\")",
        "```\"><script>alert(1)</script>\ncode\n```",
        "``` x\" onclick=\"alert(1)\ncode\n```",
        "| a |\n| - |\n| <script>alert(1)</script> |",
        "# <iframe src=//evil.example>",
        "[x]: javascript:alert(1)\n\n[x]",
        "**<b onclick=alert(1)>**",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "\u0000<script>\u0000",
      })
  void nothingGetsThroughThatRunsOrLoads(String attack) {
    String html = MarkdownHtml.render(attack);
    assertThat(SAFE.matcher(html).matches()).as(html).isTrue();
  }

  @Test
  void markdownIsDrawn() {
    assertThat(MarkdownHtml.render("# T\n\n**b** *e* ~~d~~ `c`\n\n- 1\n- 2"))
        .contains(
            "<h1>T</h1>", "<strong>b</strong>", "<em>e</em>", "<del>d</del>", "<code>c</code>")
        .contains("<li>1</li>");
    assertThat(MarkdownHtml.render("| a | b |\n|---|--:|\n| 1 | 2 |"))
        .contains("<table>", "<td align=\"right\">2</td>");
    assertThat(MarkdownHtml.render("```java\nif (a < b) {}\n```"))
        .contains("<pre><code class=\"language-java\">if (a &lt; b) {}");
  }

  @Test
  void chineseIsKeptAndItsEmphasisDrawn() {
    assertThat(MarkdownHtml.render("天空**是蓝色的**吗？\n第二行"))
        .contains("天空<strong>是蓝色的</strong>吗？<br>\n第二行");
  }

  @Test
  void aSafeLinkOpensElsewhereAndTellsNobodyWhereItStood() {
    assertThat(MarkdownHtml.render("[docs](https://example.org/a?b=1&c=2)"))
        .contains("href=\"https://example.org/a?b=1&amp;c=2\"")
        .contains("rel=\"noopener noreferrer nofollow\"", ">docs</a>");
  }

  @Test
  void aPictureBecomesItsDescription() {
    assertThat(MarkdownHtml.render("![a *cat*](http://example.org/cat.png)"))
        .contains("<span class=\"picture\">a <em>cat</em></span>")
        .doesNotContain("example.org");
  }

  @Test
  void htmlIsShownAsText() {
    assertThat(MarkdownHtml.render("use <b>bold</b>")).contains("use &lt;b&gt;bold&lt;/b&gt;");
  }

  @Test
  void aTextNestedThousandsDeepIsShownAsItIs() {
    String deep = ">".repeat(50_000) + " <script>";
    String html = MarkdownHtml.render(deep);
    assertThat(html).doesNotContain("<script>").contains("&lt;script&gt;");
  }

  @Test
  void aTextOfAMegabyteIsShownAsItIs() {
    assertThat(MarkdownHtml.render("*a*<i>".repeat(200_000)))
        .startsWith("<pre class=\"plain\">*a*&lt;i&gt;");
  }
}
