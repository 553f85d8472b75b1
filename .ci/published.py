# SPDX-License-Identifier: Apache-2.0
"""Check a repository that was filled with the library modules: what others, and Maven Central, ask for.

Usage: published.py FOLDER
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml
import zipfile

BOM = pathlib.Path(__file__).parent.parent / "dpo4j-bom" / "pom.xml"
POM = "{http://maven.apache.org/POM/4.0.0}"
REQUIRED = ["name", "description", "url", "licenses/license/name", "developers/developer/name"]
REQUIRED += ["scm/connection", "scm/developerConnection", "scm/url"]

# The artifacts whose version is that of the project.
OURS = r"<artifactId>dpo4j-([a-z-]+)</artifactId>\s*<version>\$\{project.version\}"
MODULES = re.findall(OURS, BOM.read_text(encoding="utf-8"))

folder = pathlib.Path(sys.argv[1]) / "dev" / "dpo4j"
faults = []


def text(root, path):
    found = root.find("/".join(POM + part for part in path.split("/")))
    return "" if found is None else (found.text or "").strip()


def one(module, pattern):
    found = sorted((folder / module).glob("*/" + pattern))
    if not found:
        faults.append(f"{module} has no file {pattern}")
    return found[-1] if found else None


def check_pom(module):
    file = one(module, "*.pom")
    if file is None:
        return
    content = file.read_text(encoding="utf-8")
    root = xml.fromstring(content)
    faults.extend(f"{file.name} lacks {path}" for path in REQUIRED if not text(root, path))
    # The BOM brings the properties that it uses; a module has none.
    properties = root.find(POM + "properties")
    known = {"project.version"} | {key.tag.removeprefix(POM) for key in properties or []}
    used = set(re.findall(r"\$\{([^}]*)\}", content))
    faults.extend(f"{file.name} lacks the property {key}" for key in sorted(used - known))
    for word in ("<parent>", "<profile>", "<scope>test</scope>", "<repositories>"):
        if word in content:
            faults.append(f"{file.name} holds {word}")


def check_jars(module):
    for kind, entry in (("", ".class"), ("-sources", ".java"), ("-javadoc", "index.html")):
        file = one(module, f"{module}-*[0-9T]{kind}.jar")
        if file is None:
            continue
        with zipfile.ZipFile(file) as jar:
            if not any(name.endswith(entry) for name in jar.namelist()):
                faults.append(f"{file.name} holds no {entry}")


for name in ["bom"] + MODULES:
    check_pom("dpo4j-" + name)
for name in MODULES:
    check_jars("dpo4j-" + name)
extra = {entry.name for entry in folder.iterdir()} - {"dpo4j-" + name for name in ["bom"] + MODULES}
faults.extend(f"{name} is no library module" for name in sorted(extra - {"maven-metadata.xml"}))
if len(MODULES) < 7:
    faults.append(f"{BOM} lists only {MODULES}")
if faults:
    sys.exit("\n".join(faults))
print(f"{len(MODULES)} modules and the BOM hold what a repository asks for")
