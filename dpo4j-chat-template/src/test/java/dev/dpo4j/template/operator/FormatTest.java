/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import static dev.dpo4j.template.Templates.assertRenders;

import org.junit.jupiter.api.Test;

/**
 * How format specifications and percent signs write values. The expected texts are those of jinja2.
 */
class FormatTest {
  @Test
  void numbersFollowTheirSpecification() {
    assertRenders("{{ '{:05.1f}'.format(3.14159) }}", "003.1");
    assertRenders("{{ '{:,}'.format(1234567) }}", "1,234,567");
    assertRenders("{{ '{:x} {:o} {:b} {:#x}'.format(255, 8, 5, 255) }}", "ff 10 101 0xff");
    assertRenders("{{ '{:e}'.format(12345.678) }}", "1.234568e+04");
    assertRenders("{{ '{:.2%}'.format(0.125) }}", "12.50%");
    assertRenders("{{ '{:+d} {: d}'.format(5, 5) }}", "+5  5");
    assertRenders("{{ '{:g} {:g}'.format(0.00001, 123456789) }}", "1e-05 1.23457e+08");
  }

  @Test
  void textsAreCutAndFilled() {
    assertRenders("{{ '{:.2}'.format('abc') }}", "ab");
    assertRenders("{{ '{:*^7}'.format('abc') }}", "**abc**");
    assertRenders("{{ '{!r}'.format('a') }}", "'a'");
  }

  @Test
  void percentSignsFillValues() {
    assertRenders("{{ '%s' % 'a' }}", "a");
    assertRenders("{{ '%s %r' % ('a', 'b') }}", "a 'b'");
    assertRenders("{{ '%5.2f|%-5d|%05d' % (3.14159, 42, 42) }}", " 3.14|42   |00042");
    assertRenders("{{ '%(a)s' % {'a': 1} }}", "1");
    assertRenders("{{ '%x %o %e %%' % (255, 8, 1234.5) }}", "ff 10 1.234500e+03 %");
  }
}
