"""Writes chat-templates/features.json: small templates, one feature each, rendered by jinja2.

Run: python chat_template_cases.py ../resources/chat-templates/features.json  (needs jinja2 3.1.6)

The environment is set up as transformers does it for chat templates. A case is
[template, text, spans] or [template, null, error class, line]; all see the same variables.
"""
import json
import sys
import traceback
from datetime import datetime

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "messages": [
        {"role": "system", "content": " Be brief. \n"},
        {"role": "user", "content": "Hi 你好 😀!"},
        {"role": "assistant", "content": "<think>\nx\n</think>\n\nHello.", "tool_calls": None},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]},
    ],
    "tools": [
        {"type": "function", "function": {"name": "f", "parameters": {
            "type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}},
                                             "b": {"type": ["integer", "null"], "enum": [1, 2]}},
            "required": ["a"]}}}
    ],
    "s": "Hello, World", "empty": "", "uni": "a😀b你c", "quote": "it's \"q\"", "lines": "a\nb\r\nc\n",
    "padded": " \t x y  \n", "n": 7, "neg": -7, "zero": 0, "f": 2.5, "big": 12345678901234567890,
    "yes": True, "no": False, "nil": None, "l": [3, 1, 2], "e": [], "d": {"b": 1, "a": [1, "x"], "items": 5},
    "users": [{"name": "bob", "age": 30, "tags": ["x"]}, {"name": "Al", "age": 25, "tags": []},
              {"name": "carl", "age": 30}],
    "nested": {"x": {"y": {"z": [10, 20, {"k": "v"}]}}},
    "html": "<a href=\"x\">T&amp;C 'q'</a>",
}


class Tracker(jinja2.ext.Extension):
    tags = {"generation"}
    spans = None
    rendered = None

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_mark"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _mark(self, context, caller):
        text = caller()
        start = len("".join(Tracker.rendered).encode("utf-16-le")) // 2
        Tracker.spans.append([start, start + len(text.encode("utf-16-le")) // 2])
        return text


class TemplateDict:
    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)

    def fromkeys(self, *args, **kwargs):
        return dict.fromkeys(*args, **kwargs)


class TemplateNamespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        attrs = dict(*args, **kwargs)
        for name in attrs:
            TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__init__(self, attrs)

    def __setitem__(self, name, value):
        TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check_name(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError("underscore")


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Tracker, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: datetime(2024, 7, 4, 15, 6, 7).strftime(format)
    env.globals["dict"] = TemplateDict()
    env.globals["namespace"] = TemplateNamespace
    return env


def template_line(error):
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else None


def render(template, variables=VARIABLES):
    Tracker.spans, Tracker.rendered = [], []
    try:
        compiled = environment().from_string(template)
        for piece in compiled.generate(**variables):
            Tracker.rendered.append(piece)
        return [template, "".join(Tracker.rendered), Tracker.spans]
    except Exception as error:
        return [template, None, type(error).__name__, template_line(error)]


EXPRESSIONS = r"""
1
n + 1
n - 10
n * 3
n / 2
n // 2
neg // 2
n % 3
neg % 3
7 % -3
-7 // -3
7.5 // 2
-7.5 // 2
-7.5 % 2
7 % 2.5
2 ** 10
2 ** -1
2 ** 0.5
-1 ** 2
2 ** 3 ** 2
2 ** 100
big * big
big + 1
-big
9223372036854775807 + 1
-9223372036854775807 - 2
1 / 0
1 // 0
1 % 0
1.0 / 0
0x1f + 0b11 + 0o17 + 1_000
1e3
1.5e-7
1_0.5
.5
1e16
1e15
123456789012345678.0
0.1 + 0.2
1/3
100.0
1e100
1.0e-5
0.0001
5e-324
2.5e-3
1e22
-0.0
3.0 * 2
yes + yes
yes * 3
not yes
-yes
+n
+yes
- - n
not not n
"a" + "b"
"a" "b" 'c'
"a" * 3
3 * "ab"
"a" * -1
[1] * 2
[1] + [2]
(1,) + (2,)
"a" + 1
1 + "a"
[1] + (2,)
nil + 1
"a" ~ 1 ~ none ~ true ~ 1.0 ~ [1]
1 ~ 2
1 < 2
1 < 2 < 3
1 < 2 > 3
3 > 2 > 1 == 1
1 == 1.0
1 == true
"1" == 1
"a" < "b"
"😀" > "你"
"\uffff" < "😀"
[1,2] < [1,3]
(1,2) < (1,2,3)
[1] == [1.0]
{"a": 1} == {"a": 1.0}
none == none
none < 1
"a" < 1
[1] < ["a"]
d == d
1 in l
"ell" in s
"x" in d
"a" in d
1 in d
5 not in l
none in [none]
1 in none
1 in "1"
"a" in ("a", "b")
[] in [[]]
"" in "abc"
1.0 in l
0 or "x"
"" or none
1 and 2
0 and x.y.z
none or false
1 or missing.x
not missing
"yes" if n > 3 else "no"
"yes" if n > 30
("yes" if n > 30) is undefined
"a" if false else "b" if false else "c"
n > 3 and s or "x"
s[0]
s[-1]
s[100]
s[1:4]
s[::-1]
s[::2]
s[-3:]
s[:-3]
s[5:2]
s[10:0:-3]
s[None:3]
s["x"]
s[1.0]
s[::0]
s["a":]
uni[1]
uni[1:3]
uni[::-1]
uni|length
uni[-2]
uni.find("b")
uni.index("你")
uni.rfind("c")
uni|list
uni|reverse
uni|upper
uni|center(9)
uni.split("😀")
uni[10:]
l[0]
l[-1]
l[10]
l[1:]
l[::-1]
l[:2]
l["a"]
l[true]
l[0:1][0]
l[-100:100]
(1,2,3)[::2]
d["b"]
d.b
d.a[1]
d["a"][0]
d.items
d["items"]
d.items()
d.keys()
d.values()
d.items()|list
d.keys()|list
d.keys()[0]
d.get("b")
d.get("zz")
d.get("zz", 9)
d.get("zz", default=9)
d.get()
d.zz
d.zz.y
d["zz"]["y"]
d.zz is defined
d["get"] is defined
d["keys"]()|list
d.pop("b")
d.update({})
d.clear
d.pop is defined
l.append(4)
l.append
l.sort()
l.index(1)
l.index(99)
l.count(1)
l.copy()
d.copy()
"a".upper
nested.x.y.z[2].k
nested["x"]["y"].z.0
nested.x.y.z.2.k
nested.x.missing
nested.x.missing.y
nil.x
nil["x"]
nil.x.y
n.x
n.real
n.imag
f.is_integer()
(3.0).is_integer()
n.bit_length()
s.__class__
s.__class__.__mro__
d.__class__
d._private
s.__len__
l.__len__()
"".__doc__
missing
missing.x
missing["x"]
missing()
missing + 1
missing ~ "a"
missing == missing2
missing == none
missing|length
missing|list
missing|first
missing|last
missing|join(",")
missing|upper
missing|trim
missing|int
missing|float
missing|default("dd")
missing|d
missing|d("x", true)
empty|d("x", true)
empty|d("x")
nil|d("x")
none|default("x", boolean=true)
missing.x|default("x")
d.zz|default("x")
missing|tojson
missing|string
missing|abs
missing|sum
missing|sort
missing|map("upper")|list
missing|select|list
missing|items|list
missing|dictsort
missing|replace("a","b")
missing|reverse|list
missing|unique|list
missing|min
missing|max is undefined
missing in [1]
"a" in missing
missing is string
missing is iterable
missing is sequence
missing is mapping
missing is callable
missing is none
missing is number
missing is lower
missing is odd
missing[1:]
missing < 1
-missing
missing if missing else "e"
[missing]
{"a": missing}
"%s" % missing
"{}".format(missing)
none
true
false
True
False
None
[]
()
{}
(1,)
(1,2)
[1, 2.0, "a", none, true, [1], (1,), {"k": "v"}]
{"a": 1, 'b': [1], 1: 2, none: 3, (1,2): 4}
{"a": 1}["a"]
{1: "a"}[1.0]
{1: "a"}[true]
{true: "a", 1: "b"}
{[1]: 2}
{"a": 1, "a": 2}
[quote, "it's", 'say "x"', "a\nb\t\\", "\x00\x7f\xa0é你😀\u200b"]
"\x41\u0042\U00000043\101\n\t\\\'\"\a\q|\é"
"\N{BULLET}"
"a\
b"
"\x4"
'a"b'
"a'b"
s.upper()
s.lower()
s.title()
"hello wORLD it's x-y".title()
"hello wORLD".capitalize()
"hELLO".swapcase()
"ß".upper()
"ß"|title
"ÀÉ".lower()
"ΑΣ".lower()
"Straße".casefold()
"ǆ"|title
s.split()
s.split(",")
s.split(", ")
s.split("l", 1)
s.split("l", maxsplit=1)
s.split(sep="o")
s.split(none, 1)
s.split("")
padded.split()
" a  b c ".split(none, 1)
" a  b c ".split(" ")
"a,b,c".rsplit(",", 1)
" a  b c ".rsplit(none, 1)
"a,b,c".rsplit(",")
"aXXbXXc".rsplit("XX", maxsplit=1)
"aaa".split("aa")
"aaa".rsplit("aa")
"".split()
"".split(",")
lines.splitlines()
lines.splitlines(true)
"a\x0bb\x1cc\u2028d".splitlines()
"a-b-c".partition("-")
"a-b-c".rpartition("-")
"abc".partition("-")
"abc".rpartition("-")
padded.strip()
padded.lstrip()
padded.rstrip()
"xxaxx".strip("x")
"xyaxy".lstrip("xy")
"xyaxy".rstrip("yx")
"a\n\n".rstrip("\n")
"\u3000a\xa0".strip()
"a\u200b".strip()
"a".strip(1)
s.startswith("Hell")
s.startswith(("x", "H"))
s.startswith("ello", 1)
s.endswith("ld")
s.endswith(("x", "d"))
s.endswith("Wor", 0, 10)
s.startswith(1)
s.find("o")
s.find("o", 5)
s.find("zz")
s.find("o", -3)
s.rfind("o")
s.index("W")
s.index("zz")
s.rindex("l")
s.count("l")
s.count("")
s.count("l", 4)
"aaaa".count("aa")
s.replace("l", "L")
s.replace("l", "L", 1)
s.replace("", "-")
"abc".replace("", "-", 2)
s.replace("zz", "y")
s.replace("l")
", ".join(["a", "b"])
", ".join("abc")
", ".join([1])
"-".join(d)
"x".join([])
"abc".removeprefix("a")
"abc".removesuffix("c")
"abc".removesuffix("z")
"42".zfill(5)
"-42".zfill(5)
"+4".zfill(4)
"a".center(4)
"a".center(5, "*")
"ab".center(5)
"abc".center(6)
"a".ljust(3) ~ "|"
"a".rjust(3, ".")
"a".rjust(3, "ab")
"a\tb".expandtabs()
"a\tb".expandtabs(4)
"12".isdigit()
"1.2".isdigit()
"".isdigit()
"²".isdigit()
"²".isdecimal()
"½".isnumeric()
"abc".isalpha()
"你好".isalpha()
"a1".isalnum()
"a b".isalnum()
" \t".isspace()
"".isspace()
"ABC".isupper()
"ABc".isupper()
"abc1".islower()
"123".islower()
"Ab Cd".istitle()
"Ab cd".istitle()
"abc".isascii()
"é".isascii()
"a1_".isidentifier()
"1a".isidentifier()
"a\n".isprintable()
"a".foo()
"{} {}".format(1, "a")
"{0} {1} {0}".format(1, 2)
"{a} {b.name} {c[0]} {c[k]}".format(a=1, b=users, c={"k": 2, 0: 3})
"{a[name]}".format(a=users[0])
"{:>5}|{:<5}|{:^5}|{:*^7}".format("a", "b", "c", "d")
"{:05d} {:+d} {: d} {:,} {:_}".format(42, 42, 42, 1234567, 1234567)
"{:x} {:X} {:#x} {:o} {:b} {:#b} {:c}".format(255, 255, 255, 8, 5, 5, 65)
"{:.2f} {:8.3f} {:e} {:.3e} {:g} {:g} {:g} {:%} {:.1%}".format(3.14159, 2.5, 12345.678, 0.00012, 1e10, 0.0001, 1.5, 0.25, 0.256)
"{!r} {!s} {!a}".format("é", "é", "é")
"{:.3}".format("abcdef")
"{:10.3}|".format("abcdef")
"{:{}}|".format("a", 5)
"{{}} {}".format(1)
"{".format()
"}".format()
"{} {0}".format(1)
"{2}".format(1)
"{zz}".format(a=1)
"{.upper}".format("a")
"{:d}".format("a")
"{:s}".format(1)
"{}".format(none)
"{:5}".format(none)
"{:<5}|{:>5}|{:5}|".format(true, 1, 1.5)
"{:=+6d}".format(3)
"{:06.2f}".format(-1.5)
"{:,.2f}".format(1234567.891)
"{:.0f} {:.0f}".format(0.5, 1.5)
"{a}".format_map({"a": 1})
"{:n}".format(5)
"{:}".format(1.0)
"{:.3}".format(1234.5)
"{:.10}".format(0.1)
"%s %d %i" % ("a", 3, 4.7)
"%s" % "a"
"%s" % [1, 2]
"%s" % (1, 2)
"%d" % "a"
"%5d|%-5d|%05d|%+d|% d" % (3, 3, 3, 3, 3)
"%.2f %8.3f %e %g %G" % (3.14159, 2.5, 12345.678, 1e10, 1e-10)
"%x %X %#x %o %c %c" % (255, 255, 255, 8, 65, "z")
"%r %a" % ("é", "é")
"%5s|%-5s|%.2s" % ("a", "b", "cdef")
"%(a)s %(b)05.1f" % {"a": 1, "b": 2}
"%%" % ()
"%s %s" % "a"
"a" % "b"
"%*d" % (5, 3)
"%q" % 1
"%" % 1
"%(zz)s" % {"a": 1}
"%s" % {"a": 1}
"%s"|format("x")
"%s %s"|format("x", 1)
"%(a)s"|format(a=5)
"%d%%"|format(50)
s|upper|lower|title|capitalize
"hello world-foo (bar) <baz"|title
"it's"|title
s|trim
padded|trim
"xxaxx"|trim("x")
s|length
l|length
d|length
5|length
nil|length
s|count
s|first
s|last
l|first
l|last
e|first
e|last
e|first is undefined
d|first
d|last
d.items()|last
range(3)|last
l|map("string")|last
s|list
d|list
5|list
nil|list
l|join
l|join(", ")
users|join(", ", attribute="name")
users|join(", ", "age")
[1, none, true, "a", missing]|join("|")
d|join(",")
s|join("-")
5|join
l|reverse|list
s|reverse
d|reverse|list
5|reverse
(1,2,3)|reverse|list
l|sort
l|sort(reverse=true)
["b", "A", "c"]|sort
["b", "A", "c"]|sort(case_sensitive=true)
["b", "A", "c"]|sort(true)
users|sort(attribute="age")|map(attribute="name")|list
users|sort(attribute="age,name")|map(attribute="name")|list
users|sort(attribute="name", reverse=true)|map(attribute="name")|list
users|sort(reverse=true, attribute="age")|map(attribute="name")|list
[1, "a"]|sort
[[2, 1], [1, 2]]|sort
[[2, 1], [1, 2]]|sort(attribute=1)
[[2, 1], [1, 2]]|sort(attribute="1")
[none, 1]|sort
d|sort
"hello"|sort
{"b": 1, "A": 2}|dictsort
{"b": 1, "A": 2}|dictsort(true)
{"b": 1, "A": 2}|dictsort(by="value")
{"b": 1, "A": 2}|dictsort(reverse=true)
{"b": 1, "A": 2}|dictsort(false, "value", true)
{"b": 1}|dictsort(by="x")
[1]|dictsort
d|items|list
l|items|list
[1, 1, 2, "a", "A", 1.0, true]|unique|list
["a", "A"]|unique(true)|list
users|unique(attribute="age")|map(attribute="name")|list
[[1], [1]]|unique|list
l|min
l|max
["b", "A"]|min
["b", "A"]|min(true)
users|max(attribute="age")
users|min(attribute="age")
e|max
e|min is defined
[1, "a"]|max
l|sum
users|sum(attribute="age")
users|sum("age", 100)
[1.5, 2]|sum
["a"]|sum
["a"]|sum(start="")
[[1], [2]]|sum(start=[])
users|groupby("age")
users|groupby("age")|map(attribute="grouper")|list
users|groupby("age")|map(attribute="list")|map("length")|list
users|groupby("tags", default="none")
users|groupby("missing", default="x")
["a", "A", "b"]|groupby(0)
[{"k": "a"}, {"k": "A"}, {"k": "b"}]|groupby("k")
[{"k": "a"}, {"k": "A"}, {"k": "b"}]|groupby("k", case_sensitive=true)
[1,2,3,4,5]|batch(2)|list
[1,2,3,4,5]|batch(2, "x")|list
[1,2,3,4,5]|batch(0)|list
[1,2,3]|batch(-1)|list
[1,2,3,4,5]|slice(2)|list
[1,2,3,4,5]|slice(3, "x")|list
[1,2]|slice(4)|list
[1,2]|slice(0)|list
l|map("string")|list
["a", "b"]|map("upper")|join
users|map(attribute="name")|list
users|map(attribute="tags.0")|list
users|map(attribute="zz")|list
users|map(attribute="zz", default="q")|list
users|map(attribute="tags", default=[])|list
users|map("attr", "zz")|list
l|map("round", 1)|list
["a b", "c"]|map("replace", "a", "x")|list
["1", "x"]|map("int", default=-1)|list
l|map("nofilter")|list
l|map
l|map(attribute="a", zz=1)|list
l|map()|list
5|map("string")|list
l|select("odd")|list
l|select|list
[0, 1, "", "a", none]|select|list
[0, 1, "", "a", none]|reject|list
l|reject("odd")|list
l|select(">", 1)|list
l|select("gt", 1)|list
l|select("in", [1, 2])|list
l|select("divisibleby", 2)|list
l|select("notest")|list
[1, "a", none]|select("string")|list
users|selectattr("age", "equalto", 30)|map(attribute="name")|list
users|selectattr("age", "eq", 30)|list|length
users|selectattr("tags")|map(attribute="name")|list
users|selectattr("tags", "defined")|map(attribute="name")|list
users|rejectattr("tags", "undefined")|map(attribute="name")|list
users|rejectattr("age", "gt", 26)|list
messages|selectattr("role", "equalto", "user")|list|length
messages|rejectattr("role", "in", ["user", "system"])|map(attribute="role")|join
(messages|selectattr("role", "equalto", "nobody")) is defined
"T" if messages|selectattr("role", "equalto", "nobody") else "F"
"T" if messages|selectattr("role", "equalto", "nobody")|list else "F"
(l|select("odd"))|length
(l|select("odd"))|first
(l|map("string"))[0]
l|map("string") is iterable
l|map("string") is sequence
users|selectattr
"abc"|replace("b", "x")
"aaa"|replace("a", "b", 2)
"aaa"|replace("a", "b", count=1)
123|replace("2", "x")
"abc"|replace("b", 5)
"a\nb\n\nc"|indent
"a\nb\n\nc"|indent(2)
"a\nb\n\nc"|indent(2, true)
"a\nb\n\nc"|indent(2, true, true)
"a\nb\n\nc"|indent(2, blank=true)
"a\nb"|indent("> ")
"a\nb"|indent(width=3, first=true)
"a\nb\n"|indent
""|indent
5|indent
"42"|int
"4.7"|int
"x"|int
"x"|int(5)
"x"|int(default=-1)
"0x1A"|int(0, 16)
"1A"|int(base=16)
"0b11"|int(base=0)
"0x1f"|int(base=0)
"1_000"|int
" 42 "|int
"-5"|int
"+5"|int
"1e3"|int
"٣"|int
4.9|int
-4.9|int
true|int
nil|int
[]|int
1e400|int
"99999999999999999999"|int
"3.5"|float
"x"|float
"x"|float(1.5)
"inf"|float
"nan"|float
"-Infinity"|float
"1e5"|float
"1_0.5"|float
3|float
nil|float
5|string
nil|string
[1, "a"]|string
neg|abs
(-2.5)|abs
"a"|abs
true|abs
2.5|round
3.5|round
2.567|round(2)
2.5|round(0, "ceil")
2.1|round(method="ceil")
-2.1|round(method="floor")
2.567|round(1, "floor")
5|round
5|round(2)
1234|round(-2)
1250|round(-2)
1350|round(-2)
2.675|round(2)
"a"|round
2|round(1, "x")
1|round(0, "ceil")
15.7|round|int
s|wordcount
"a-b c_d 你好"|wordcount
"<b>&\"'"|escape
"<b>"|e
"<b>"|safe
"<b>"|escape|escape
"<b>"|forceescape
("<b>"|safe) + "<i>"
"<i>" + ("<b>"|safe)
("<b>"|safe) ~ "<i>"
("<b>"|safe)|upper
("<b>"|safe)|replace("b", "<")
("<%s>"|safe)|format("<")
("<%s>"|safe) % "<"
("<{}>"|safe).format("<")
("a,<b>"|safe).split(",")
("a"|safe) == "a"
[("a"|safe)]
("a"|safe).join(["<", "b"])
("<a>"|safe).replace("a", "<")
("a"|safe) is string
("a"|safe) is escaped
"a" is escaped
("ab"|safe)[0] + "<"
("a"|safe) * 2 + "<"
{"a"|safe: 1}["a"]
("<a>"|safe)|tojson
("x"|safe)|length
("x"|safe)|string + "<"
html|striptags
"<!-- c -->a <b>b</b>  c &amp; &lt; &#39; &#x41;"|striptags
"a b/c?d=é&"|urlencode
{"a b": "c/d", "e": 1}|urlencode
[("a", 1), ("b", "x y")]|urlencode
5|urlencode
{"class": "a b", "id": none, "x": "<"}|xmlattr
{"a": 1}|xmlattr(false)
{"a b": 1}|xmlattr
{}|xmlattr
"abc def ghi jkl"|truncate(10)
"abc def ghi jkl"|truncate(10, true)
"abc def ghi jkl"|truncate(8, false, "..", 0)
"abc def ghi jkl"|truncate(8, leeway=0)
"abc"|truncate(2)
"abcdefghijkl"|truncate(5, leeway=0)
"abc"|center(9)
"abc"|center
"aaa bbb ccc ddd"|wordwrap(7)
"aaaaaaaaaaaaaaa bb"|wordwrap(5)
"aaaaaaaaaaaaaaa bb"|wordwrap(5, false)
"aaa bbb-ccc ddd"|wordwrap(8)
"aaa bbb-ccc ddd"|wordwrap(8, break_on_hyphens=false)
"aa bb\n\ncc dd ee"|wordwrap(5, wrapstring="|")
"  lead and   gaps  "|wordwrap(6)
1|filesizeformat
999|filesizeformat
1000|filesizeformat
1234567|filesizeformat
1234567|filesizeformat(true)
"2000"|filesizeformat
users|attr("x")
"a"|attr("upper")|string|length > 0
d|attr("b")
d|tojson
l|tojson
s|tojson
uni|tojson
quote|tojson
"\x00\x1f\x7f\u2028\n\r\t\b\f/é😀"|tojson
"\x00\x7fé😀"|tojson(ensure_ascii=true)
nil|tojson
true|tojson
1.0|tojson
1e100|tojson
0.1|tojson
big|tojson
("inf"|float)|tojson
("nan"|float)|tojson
[]|tojson
{}|tojson
[[], {}]|tojson(indent=2)
d|tojson(indent=2)
nested|tojson(indent=4)
nested|tojson(indent=0)
nested|tojson(indent="--")
d|tojson(separators=(",", ":"))
d|tojson(separators=[", ", " = "])
d|tojson(sort_keys=true)
d|tojson(indent=1, sort_keys=true, separators=(",", ":"))
tools|tojson(indent=4)
tools[0]|tojson(true)
d|tojson(false, 2)
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
{(1,2): 3}|tojson
{2: "a", "1": 2}|tojson(sort_keys=true)
(1, 2)|tojson
range(3)|tojson
d.items()|tojson
l|map("string")|tojson
d|tojson(zz=1)
html|tojson
d|pprint
{"b": 1, "a": "x" * 80}|pprint
users|pprint
[1, "a"]|pprint
range(5)
range(5)|list
range(2, 8, 3)|list
range(5, 0, -2)|list
range(0)
range(3)[1]
range(3)[-1]
range(10)[2:8:2]
range(3)|length
2 in range(3)
range(1, 2, 0)
range(100001)
range("a")
range(1.5)
range(stop=3)
range()
dict(a=1, b=2)
dict({"a": 1}, b=2)
dict([("a", 1), ["b", 2]])
dict()
dict.fromkeys(["a", "b"], 1)
dict(1)
namespace(a=1).a
namespace({"a": 1}).a
namespace(a=1)["a"]
namespace(a=1).b
namespace(a=1).b.c
namespace(a=1)
namespace(_x=1)
cycler("a", "b").next()
cycler("a", "b").current
cycler()
joiner("|")()
raise_exception("boom")
raise_exception("boom " ~ n)
strftime_now("%Y-%m-%d %H:%M:%S")
strftime_now("%d %b %Y, %A %B %j %y %I %p %-d %-m %a %U %W %V %u %w %e %% %F %T %D")
s is defined
missing is defined
missing is not defined
s is undefined
nil is none
s is none
nil is not none
s is string
n is string
n is number
f is number
yes is number
n is integer
yes is integer
f is integer
f is float
yes is boolean
n is boolean
yes is true
1 is true
no is false
0 is false
d is mapping
l is mapping
l is sequence
s is sequence
d is sequence
n is sequence
d.items() is sequence
range(3) is sequence
l is iterable
s is iterable
n is iterable
nil is iterable
d.keys() is iterable
"abc" is lower
"ABC" is upper
"Abc" is lower
5 is lower
n is odd
n is even
8 is even
"a" is odd
f is odd
9 is divisibleby 3
9 is divisibleby(2)
9 is divisibleby 0
n is sameas 7
yes is sameas true
nil is sameas none
l is sameas l
[1] is sameas [1]
s is callable
s.upper is callable
range is callable
1 is eq 1
1 is eq(1.0)
1 is equalto 2
1 is ne 2
1 is lt 2
1 is gt(2)
1 is le 1
1 is ge 2
1 is lessthan 2
1 is greaterthan 0
1 is in [1, 2]
1 is not in [1, 2]
"a" is in "abc"
"upper" is filter
"nofilter" is filter
"odd" is test
"notest" is test
n is notest
n|nofilter
n is odd is even
n is defined and n > 5
n is defined or missing
n is not defined or n
not n is defined
n is defined == true
1 if n is defined else 2
s is string and s
n is divisibleby n
n is in l
n == 7 is true
(n == 7) is true
n + 1 is even
-n|abs
-n is odd
2 + 3|string
(2 + 3)|string
2 * l|length
"a" ~ "b"|upper
1 + 2 ~ 3
1 ~ 2 + 3
not 1 == 2
not (1 in l)
1 not in l
1 in l == true
s.upper()[0]
s.split(",")[0].strip()|lower
messages[0]["role"]
messages[0].content|trim
messages[-1].content[0].text
messages[1:]|length
messages[::-1][0].role
messages|map(attribute="role")|join(",")
messages[2].content.split("</think>")[-1].lstrip("\n")
messages[2].content.split("</think>")[0].rstrip("\n").split("<think>")[-1].lstrip("\n")
messages[2].tool_calls is defined
messages[2].tool_calls is none
messages[1].tool_calls is defined
"tool_calls" in messages[2]
messages[2].get("tool_calls")
messages[1]["tool_calls"] is defined and messages[1]["tool_calls"]
tools[0].function.parameters.properties.items()|length
tools[0].function.parameters.properties.a.items is mapping
tools[0].function.parameters.properties.a["items"].type
tools[0].function.parameters.properties.b.type|join(" or ")
tools[0]["function"]|tojson
s.upper(1)
s.lower().x
s()
5()
d.b()
"a".join()
"a".split(1)
l[0].x
l.0
l.5
{"a": {"b": 1}}.a.b
[1,2,3][1]
"abc"[1]
"abc".upper()
(1).real
[[1,2],[3,4]][1][0]
{"a": [1,2]}["a"][-1]
1.__class__
x=1
1 +
(1
[1, 2
{"a": }
{"a" 1}
"abc
a b
a..b
a.
a[
a[]
|upper
1 | upper
s | | upper
s|
s|5
f(a=1, 2)
f(*l, *l)
dict(a=1, a=2)
dict(**{"a": 1})
dict(**d)|length
range(*[1, 4])|list
"{}{}".format(*["a", "b"])
dict(*[{"a": 1}], **{"b": 2})
dict(**5)
range(*5)
1 ! 2
a @ b
$
`a`
a && b
a || b
!a
1 === 1
n++
é
"é" == "é"
你好
[1, 2, 3,]
(1, 2,)
{"a": 1,}
1, 2
1, 2,
()
(,)
[,]
(((((1)))))
l[1, 2]
l[1:2, 3]
d["a", "b"]
"a" < "b" < "c"
1 < "a" if false else 3
loop
self
caller
varargs
not
and
is
in
1 is
1 in
if
x if
x if y
x if y else
true.x
none()
"a"()
"""

TEMPLATES = r"""
a
=====
a

=====


=====
a

b
=====
{{ 1 }}

=====
{% if true %}
x
{% endif %}
y
=====
  {% if true %}
  x
  {% endif %}
  y
=====
a {% if true %} b {% endif %} c
=====
a
  {%- if true -%}
  b
  {%- endif -%}
c
=====
a
  {%+ if true +%}
  b
  {%+ endif +%}
c
=====
	{% if true %}	x
	{% endif %}	y
=====
a  {{- 1 -}}  b
=====
a
   {{ 1 }}
b
=====
  {{ 1 }}  {% if 1 %}  {{ 2 }}  {% endif %}  x
=====
{# c #}
a
  {# c #}
b {# c #} c
  {#- c -#}  
d
=====
a {#+ c +#}
b
=====
{#
multi
line #}x
=====
{#-#}x{#--#}y
=====
{# unclosed
=====
a
b {# unclosed
=====
{% raw %}{{ x }}{% if %}{% endraw %}
=====
  {% raw %}
  {{ x }}
  {% endraw %}
y
=====
a {%- raw -%}  {{ x }}  {%- endraw -%} b
=====
{% raw %}  a{%+ endraw %}b
=====
{% raw %}unclosed
=====
{%raw%}{%endraw%}x
=====
{% raw %}{% raw %}{% endraw %}
=====
{% rawx %}
=====
{{ "}}" }}{{ '%}' }}{{ "{{" }}{{ '{#' }}
=====
{{ {"a": {"b": 1}} }}{{ {"a": {"b": 1}}}}
=====
{{
  n
  + 1
}}
=====
{%
  set x = 1
%}{{x}}
=====
{{n}}{{-n}}{{- n}} {{+n}}
=====
x{{- -n -}}x
=====
{% set x = 1 -%}

 y
=====
{%if n%}a{%else%}b{%endif%}
=====
{% if n: %}a{% endif %}
=====
{% for x in l %}{{ x }},{% endfor %}
=====
{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}
=====
{% for x in l|map("string") %}{{ loop.index }}/{{ loop.length }}{{ loop.last }}{{ loop.nextitem }};{% endfor %}
=====
{% for x in [1,1,2] %}{{ loop.changed(x) }}{{ loop.cycle("a","b") }}{% endfor %}
=====
{% for x in l %}{{ loop.cycle() }}{% endfor %}
=====
{% for x in e %}{{ x }}{% else %}none{% endfor %}
=====
{% for x in l %}{{ x }}{% else %}none{% endfor %}
=====
{% for x in l if x > 1 %}{{ loop.index }}{{ x }}{{ loop.last }}{% else %}none{% endfor %}
=====
{% for x in l if x > 5 %}{{ x }}{% else %}none{% endfor %}
=====
{% for x in l if loop.index > 1 %}{{ x }}{% endfor %}
=====
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
=====
{% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}
=====
{% for k in d %}{{ k }}{% endfor %}
=====
{% for (a, b) in [(1,2),(3,4)] %}{{ a }}{{ b }}{% endfor %}
=====
{% for a, (b, c) in [(1,(2,3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
=====
{% for a, b in [1] %}{% endfor %}
=====
{% for a, b in [(1,2,3)] %}{% endfor %}
=====
{% for a, b in [(1,)] %}{% endfor %}
=====
{% for a, b in ["xy"] %}{{ a }}{{ b }}{% endfor %}
=====
{% for a, b in [(1,2)] if a > 0 %}{{ a }}{{ loop.previtem }}{% endfor %}
=====
{% for c in uni %}[{{ c }}]{% endfor %}
=====
{% for x in missing %}{{ x }}{% else %}e{% endfor %}
=====
{% for x in nil %}{{ x }}{% endfor %}
=====
{% for x in 5 %}{{ x }}{% endfor %}
=====

{% for x in l %}
{{ x.y.z }}
{% endfor %}
=====
{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}
=====
{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}
=====
{% for x in [1] %}{% continue %}{% else %}E{% endfor %}
=====
{% for x in [1] %}{% break %}{% else %}E{% endfor %}
=====
{% for x in l %}{{ x }}{% break %}{% else %}E{% endfor %}
=====
{% break %}
=====
{% for x in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
=====
{% for x in l %}{% for y in l %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}
=====
{% for x in l %}{{ x }}{% filter upper %}a{% if x == 1 %}{% break %}{% endif %}b{% endfilter %}{% endfor %}
=====
{% for x in l %}{% set y %}a{% if x == 1 %}{% continue %}{% endif %}b{% endset %}{{ x }}{{ y }}{% endfor %}
=====
{% for item in [{"n": 1, "c": [{"n": 2, "c": []}]}] recursive %}{{ item.n }}{{ loop.depth }}({{ loop(item.c) }}){% endfor %}
=====
{% for item in [[1,[2]],3] recursive %}{% if item is iterable %}[{{ loop(item) }}]{% else %}{{ item }}@{{ loop.depth0 }}{% endif %}{% else %}E{% endfor %}
=====
{% for x in l %}{{ loop(l) }}{% endfor %}
=====
{% for x in l %}{% for y in [1,2] %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}
=====
{% for x in l %}{% set outer = loop %}{% for y in [1] %}{{ outer.index }}.{{ loop.index }} {% endfor %}{% endfor %}
=====
{% for loop in l %}{% endfor %}
=====
{% for x in l %}{% set loop = 1 %}{% endfor %}
=====
{% set loop = 1 %}{{ loop }}
=====
{% for x in l %}{% endfor %}{{ x }}
=====
{% set x = 0 %}{% for x in l %}{{ x }}{% endfor %}{{ x }}
=====
{% set x = 0 %}{% for y in l %}{% set x = x + y %}{{ x }}{% endfor %}{{ x }}
=====
{% for y in l %}{{ x }}{% set x = y %}{{ x }}{% endfor %}
=====
{% set ns = namespace(x=0) %}{% for y in l %}{% set ns.x = ns.x + y %}{% endfor %}{{ ns.x }}
=====
{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a }}{{ ns.b }}{{ ns }}
=====
{% set ns.x = 1 %}
=====
{% set d.x = 1 %}
=====
{% set ns = namespace() %}{% set ns._x = 1 %}
=====
{% set ns = namespace(n=none) %}{% if not ns.n %}{% set ns.n = 1 %}{% endif %}{{ ns.n }}
=====
{% if true %}{% set x = 5 %}{% endif %}{{ x }}
=====
{% if false %}{% set n = 5 %}{% endif %}{{ n }}
=====
{% for y in l %}{% if y == 1 %}{% set n = 100 %}{% endif %}{{ n }} {% endfor %}{{ n }}
=====
{% set a, b = 1, 2 %}{{ a }}{{ b }}
=====
{% set a, b = [1, 2, 3] %}
=====
{% set a = 1, 2 %}{{ a }}
=====
{% set (a, b) = (1, 2) %}{{ a }}{{ b }}
=====
{% set a = b = 1 %}
=====
{% set 1 = 2 %}
=====
{% set true = 2 %}
=====
{% set "a" = 2 %}
=====
{% set a.b.c = 2 %}
=====
{% set a[0] = 2 %}
=====
{% set x %}a{{ n }}b{% endset %}[{{ x }}]{{ x|length }}
=====
{% set x | upper | replace("A", "z") %}a{{ n }}b{% endset %}[{{ x }}]
=====
{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y }}
=====
{% set x %}
  line
{% endset %}[{{ x }}]
=====
{% filter upper %}a{{ s }}{% endfilter %}
=====
{% filter replace("a", "b")|upper %}xax{% endfilter %}
=====
{% filter indent(2, true) %}a
b{% endfilter %}
=====
{% filter trim %}  a  {% endfilter %}|
=====
{% filter nofilter %}{% endfilter %}
=====
{% macro m(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=5) }}{{ m(a=1, b=9) }}{{ m() }}
=====
{% macro m(a=b, b=1) %}{{ a }}|{{ b }}{% endmacro %}{{ m() }}{{ m(b=3) }}
=====
{% macro m(a) %}{{ a is defined }}{{ a }}{{ a.x }}{% endmacro %}{{ m() }}
=====
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
=====
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
=====
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
=====
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}
=====
{% macro m() %}{{ varargs|length }}{% endmacro %}{{ m(1, 2) }}{{ m(x=1) }}
=====
{% macro m(a, a) %}{% endmacro %}
=====
{% macro m(a=1, b) %}{% endmacro %}
=====
{% macro m() %}{{ n }}{% set n = 5 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}
=====
{% macro m() %}{{ later }}{% endmacro %}{% set later = 5 %}{{ m() }}
=====
{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}
=====
{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
=====
{% macro m() %}
  a
{% endmacro %}
[{{ m() }}]
=====
{%- macro m(x) -%}
  {{ x }}
{%- endmacro -%}
[{{ m("a") }}] {{ m("b")|upper }} {{ m("c") == "c" }}
=====
{% macro m(x) %}{{ x }}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.caller }}{{ m is callable }}
=====
{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}body{{ n }}{% endcall %}
=====
{% macro m() %}{{ caller(1, b=2) }}{% endmacro %}{% call(a, b=3, c=4) m() %}{{ a }}{{ b }}{{ c }}{% endcall %}
=====
{% macro m() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}
=====
{% macro m() %}x{% endmacro %}{% call m() %}body{% endcall %}
=====
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
=====
{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}
=====
{% macro outer() %}[{{ caller() }}]{% endmacro %}{% macro inner() %}({{ caller() }}){% endmacro %}{% call outer() %}{% call inner() %}x{% endcall %}{% endcall %}
=====
{% call n %}{% endcall %}
=====
{% call missing() %}{% endcall %}
=====
{% call "a".upper() %}{% endcall %}
=====
{% with a=1, b=2 %}{{ a }}{{ b }}{% set c = 3 %}{{ c }}{% endwith %}{{ a }}{{ c }}
=====
{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}
=====
{% with n=n+1 %}{{ n }}{% endwith %}{{ n }}
=====
{% with a=1, b=a %}{{ b }}{% endwith %}
=====
{% block x %}a{{ n }}{% endblock %}
=====
{% set q = 1 %}{% block x %}{{ q }}{% set q = 2 %}{% endblock x %}{{ q }}
=====
{% for i in l %}{% block x %}{{ i }}{% endblock %}{% endfor %}
=====
{% for i in l %}{% block x scoped %}{{ i }}{% endblock %}{% endfor %}
=====
{% block x %}a{% endblock %}{{ self.x() }}
=====
{% block x %}{% endblock %}{% block x %}{% endblock %}
=====
{% block a-b %}{% endblock %}
=====
{% print n %}{% print n, s %}
=====
{% autoescape false %}{{ html }}{% set q = 1 %}{% endautoescape %}{{ q }}
=====
{% if false %}{% include "x" %}{% endif %}ok
=====
{% include "x" %}
=====
{% import "x" as y %}
=====
{% from "x" import y %}
=====
{% extends "x" %}
=====
a{% if n %}b
=====
{% for x in l %}{% endif %}
=====
{% if n %}{% endfor %}
=====
{% endif %}
=====
{% else %}
=====
{% unknown %}
=====

a
{% unknown %}
=====
{% %}
=====
{% 5 %}
=====
{{ }}
=====
{{
=====
{%
=====
a {{ n
=====
{% if %}{% endif %}
=====
{% for x l %}{% endfor %}
=====
{% for in l %}{% endfor %}
=====
{% for x in %}{% endfor %}
=====
{% for x in l recursive if x %}{% endfor %}
=====
{% for x in 1, 2, 3 %}{{ x }}{% endfor %}
=====
{% for x in l if x if y else z %}{% endfor %}
=====
{% if a %}a{% elif n %}n{% else %}e{% endif %}
=====
{% if a %}a{% elif b %}n{% elif s %}s{% else %}e{% endif %}
=====
{% if a %}{% else %}{% elif b %}{% endif %}
=====
{% if n, s %}t{% endif %}
=====
{% if n is nosuch %}{% endif %}
=====
{% if false %}{{ n|nosuch }}{% endif %}ok
=====
{% if true %}{{ n|nosuch }}{% endif %}
=====
{% if false %}{% for x in l %}{{ n|nosuch }}{% endfor %}{% endif %}ok
=====
{{ n|nosuch if false else 1 }}
=====
{{ 1 if true else n is nosuch }}
=====
{% if false %}{{ n + "a" }}{% endif %}ok
=====
a
b
{{ n + "a" }}
=====
a
{% if true %}
  {{ missing.x }}
{% endif %}
=====
a
{% for x in l %}
  b
  {{ raise_exception("no " ~ x) }}
{% endfor %}
=====
{% macro m(x) %}

{{ x.y.z }}{% endmacro %}

{{ m(1) }}
=====
{{ "a"
 + 1 }}
=====
{{ "a\
b" }}
=====
{% set x = cycler("a", "b", "c") %}{{ x.next() }}{{ x.next() }}{{ x.current }}{{ x.reset() }}{{ x.next() }}
=====
{% set j = joiner(", ") %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}
=====
{% set j = joiner() %}{{ j() }}a{{ j() }}b
=====
{% set g = l|map("string") %}{{ g|list }}{{ g|list }}
=====
{% set g = l|select("odd") %}{% for x in g %}{{ x }}{% endfor %}|{% for x in g %}{{ x }}{% else %}gone{% endfor %}
=====
{% set g = d.items() %}{{ g|length }}{{ g|list }}{{ g|list }}
=====
{{ loop.index }}
=====
{% generation %}abc{% endgeneration %}
=====
x{% for m in messages %}{% if m.role == "assistant" %}{% generation %}{{ m.content }}<e>{% endgeneration %}{% else %}[{{ m.role }}]{% endif %}{% endfor %}
=====
{{ uni }}{% generation %}
 😀
{% endgeneration %}
{% generation %}{% endgeneration %}z
=====
{% generation %}{% set zz = 1 %}{{ zz }}{% endgeneration %}{{ zz }}
=====
{% for m in [1,2] %}{% generation %}{{ m }}{{ loop.index }}{% endgeneration %},{% endfor %}
=====
{% for m in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfor %}
=====
a {%- generation -%} b {%- endgeneration -%} c
=====
{% generation %}
=====
{% set x = "a" if n else "b" %}{{ x }}{% set y = 1 if false %}[{{ y }}]
=====
{% set content = messages[0].content if messages[0].content is string else "" %}{{ content|trim ~ "." }}
=====
{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}{% if loop.index0 == 0 and system_message is defined %}{{ '<<SYS>>\n' + system_message.strip() + '\n<</SYS>>\n\n' }}{% endif %}{{ message.role|upper }}
{% endfor %}
=====
{%- for message in messages %}
    {%- if message.content is string %}
        {{- message.role + ': ' + message.content }}
    {%- else %}
        {%- for part in message.content %}
            {%- if part.type == 'text' %}
                {{- part.text }}
            {%- elif part['type'] == 'image' %}
                {{- '<image>' }}
            {%- endif %}
        {%- endfor %}
    {%- endif %}
    {{- '\n' }}
{%- endfor %}
=====
{%- macro render_type(spec) -%}
  {%- if spec.type is string -%}{{ spec.type }}{%- elif spec.type is iterable -%}{{ spec.type | join(" | ") }}{%- endif -%}
  {%- if spec["items"] is defined %}<{{ render_type(spec["items"]) }}>{% endif -%}
{%- endmacro -%}
{%- for name, spec in tools[0].function.parameters.properties.items() %}
{{ name }}: {{ render_type(spec) }}{{ "?" if name not in tools[0].function.parameters.required }}
{%- if spec.enum is defined %} {{ spec.enum | tojson }}{% endif %}
{%- endfor %}
=====
{%- set ns = namespace(found=false, text='') -%}
{%- for m in messages -%}{%- if m.role == 'user' and not ns.found -%}{%- set ns.found = true -%}{%- set ns.text = ns.text + m.content -%}{%- endif -%}{%- endfor -%}
{{- ns.text -}}
=====
{% set x = {"a": 1, **d} %}
=====
{% set x = [*l] %}
=====
{% set x = lambda: 1 %}
=====
{% do l.append(1) %}
=====
{% trans %}x{% endtrans %}
=====
{{ [x for x in l] }}
=====
{% for a, b in [[1, 2]] %}{{ a }}-{{ b }}{% endfor %}{% for i in range(2) %}{% for j in range(i + 1) %}{{ i }}{{ j }} {% endfor %}{% endfor %}
=====
{%- set sep = joiner(", ") -%}{%- for k in d|dictsort -%}{{ sep() }}{{ k[0] }}{%- endfor -%}
=====
  {%- if true %} x {%- endif %} y
=====
a
{%- if true +%}

b
{%- endif %}


c
=====
   {% set x = 1 %}   {% set y = 2 %}   
z
=====
{% if true %}{% endif %}

z
=====
x {% if true %}
   {% endif %}
 z
=====
{{ "a" }}
{{ "b" -}}
{{ "c" }}
=====
{{ "<|im_start|>" }}{{- "\n" -}}{{ 'x\n' }}
=====
{% if n == 7 and (s == "x" or (l|length > 2 and d.b)) %}t{% endif %}
=====
{% if not (n and s) or e %}t{% else %}f{% endif %}
=====
{%- if messages[0].role == 'system' %}{{ messages[0].content }}{% endif -%}


=====
{{ s }}{% set s = "shadow" %}{{ s }}{% with %}{{ s }}{% endwith %}{% macro m() %}{{ s }}{% endmacro %}{{ m() }}
=====
{% macro m(x) %}{{ x }}{% set x = 2 %}{{ x }}{% endmacro %}{{ m(1) }}{{ m(3) }}
=====
{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
=====
{{ a() }}{% macro a() %}x{% endmacro %}
=====
{% if true %}{% macro a() %}x{% endmacro %}{% endif %}{{ a() }}
=====
{% set m = namespace %}{% set z = m(q=1) %}{{ z.q }}
=====
{% set f = "abc".upper %}{{ f() }}
=====
{% set x = d.get %}{{ x("b") }}
=====
{% for x in l %}{{ x }}{{ "," if not loop.last }}{% endfor %}
=====
{% for x in l -%} {{ x }} {%- if not loop.last %}, {% endif %} {%- endfor %}
=====
{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined else "-" }}>{{ m.role }}>{{ loop.nextitem.role if not loop.last }} {% endfor %}
=====
{% for x in range(3) %}{% for y in range(3) if y != x %}{{ x }}{{ y }}{{ loop.index }} {% endfor %}{% endfor %}
=====
{% for x in "ab" %}{% for y in "cd" %}{{ loop.length }}{{ x }}{{ y }}{% else %}{% endfor %}{% endfor %}
=====
{% set x = 5 %}{% macro m(y=x) %}{{ y }}{% endmacro %}{% set x = 6 %}{{ m() }}
=====
{% for i in [1,2] %}{% with q = i %}{% for j in [3] %}{{ q }}{{ j }}{{ loop.index }}{% endfor %}{% endwith %}{% endfor %}
=====
{% filter upper %}{% for x in ["a","b"] %}{{ x }}{% endfor %}{% macro m() %}q{% endmacro %}{{ m() }}{% endfilter %}{{ m is defined }}
""".strip("\n")


def main():
    cases = []
    for line in EXPRESSIONS.strip("\n").split("\n"):
        cases.append(render("{{ " + line + " }}"))
    for template in TEMPLATES.split("\n=====\n"):
        cases.append(render(template))
    kept = [case for case in cases if case[1] is None or " at 0x" not in case[1]]
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('{"variables": ' + json.dumps(VARIABLES, ensure_ascii=False) + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(case, ensure_ascii=False) for case in kept))
        out.write("\n]}\n")
    print(len(kept), "cases,", len(cases) - len(kept), "left out (they print addresses)")


if __name__ == "__main__":
    main()
