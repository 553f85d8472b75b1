// SPDX-License-Identifier: Apache-2.0
// Language and colours of a page: both can be switched, and are remembered.
(() => {
  "use strict";

  const root = document.documentElement;
  const listeners = [];
  let zh = root.lang.startsWith("zh");

  // Pages opened from a file may be refused a memory of their own.
  const memory = {
    get: (name) => {
      try {
        return localStorage.getItem("dpo4j-report-" + name);
      } catch {
        return null;
      }
    },
    set: (name, value) => {
      try {
        localStorage.setItem("dpo4j-report-" + name, value);
      } catch {
        // It is asked again next time.
      }
    },
  };

  const tell = () => listeners.forEach((listener) => listener());

  // Puts the words of a part of the page, or of one that comes, into the language of the page.
  function speak(part) {
    part.querySelectorAll(".t").forEach((element) => {
      element.textContent = zh ? element.dataset.zh : element.dataset.en;
    });
  }

  function name() {
    const dark = root.dataset.theme === "dark";
    document.getElementById("theme").textContent = zh ? (dark ? "浅色" : "深色") : dark ? "Light" : "Dark";
  }

  function language() {
    root.lang = zh ? "zh-Hans" : "en";
    speak(document);
    name();
  }

  function theme(value) {
    root.dataset.theme = value;
    name();
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme(memory.get("theme") ?? (dark.matches ? "dark" : "light"));
  if (memory.get("language") !== null) {
    zh = memory.get("language") === "zh";
  } else if (!zh && (navigator.language || "").toLowerCase().startsWith("zh")) {
    zh = true;
  }
  document.getElementById("buttons").hidden = false;
  language();

  document.getElementById("language").addEventListener("click", () => {
    zh = !zh;
    memory.set("language", zh ? "zh" : "en");
    language();
    tell();
  });
  document.getElementById("theme").addEventListener("click", () => {
    theme(root.dataset.theme === "dark" ? "light" : "dark");
    memory.set("theme", root.dataset.theme);
    tell();
  });

  // Paper is white.
  let printing = false;
  let themeBefore = "light";
  function paper(on) {
    if (on === printing) {
      return;
    }
    printing = on;
    if (on) {
      themeBefore = root.dataset.theme;
      theme("light");
    } else {
      theme(themeBefore);
    }
    tell();
  }
  const print = matchMedia("print");
  window.addEventListener("beforeprint", () => paper(true));
  window.addEventListener("afterprint", () => paper(false));
  print.addEventListener("change", () => paper(print.matches));

  dark.addEventListener("change", () => {
    if (memory.get("theme") === null && !printing) {
      theme(dark.matches ? "dark" : "light");
      tell();
    }
  });

  window.dpo4jPage = {
    zh: () => zh,
    say: (en, chinese) => (zh ? chinese : en),
    speak,
    printing: () => printing,
    // Calls back after every change of language, colours or paper.
    onChange: (listener) => listeners.push(listener),
  };
})();
