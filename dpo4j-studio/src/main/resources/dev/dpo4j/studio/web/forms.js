// SPDX-License-Identifier: Apache-2.0
// The form that starts a run, and the buttons of the data page.

import { request } from "./requests.js";

const page = window.dpo4jPage;

function lost() {
  document.getElementById("lost").hidden = false;
}

// ---- A new run ----

const form = document.getElementById("form");

function content() {
  const values = {};
  for (const element of form.elements) {
    if (element.name && element.name !== "name" && element.value.trim() !== "") {
      values[element.name] = element.value;
    }
  }
  return { method: form.dataset.method, name: form.elements.name.value.trim(), values };
}

// Writes each fault beside its field, and goes to the first one.
function show(faults) {
  form.querySelectorAll("[data-fault]").forEach((place) => {
    place.textContent = "";
    place.parentElement.querySelector("input, select").removeAttribute("aria-invalid");
  });
  const rest = [];
  let first = null;
  for (const { key, message } of faults) {
    const place = form.querySelector(`[data-fault="${CSS.escape(key)}"]`);
    if (!place) {
      rest.push(key ? `${key}: ${message}` : message);
      continue;
    }
    place.textContent = message;
    const input = place.parentElement.querySelector("input, select");
    input.setAttribute("aria-invalid", "true");
    place.closest("details")?.setAttribute("open", "");
    first = first ?? input;
  }
  document.getElementById("form-fault").textContent = rest.join("; ");
  first?.focus();
}

async function send(path) {
  try {
    const { ok, answer } = await request(path, content());
    show(answer.faults ?? (ok ? [] : [{ key: "", message: answer.error }]));
    if (answer.yaml) {
      document.getElementById("draft").hidden = false;
      document.getElementById("draft-yaml").textContent = answer.yaml;
      document.getElementById("draft-command").textContent = answer.command;
    }
    return ok ? answer : null;
  } catch {
    lost();
    return null;
  }
}

if (form) {
  document.getElementById("check").addEventListener("click", async () => {
    if (await send("/api/draft")) {
      document.getElementById("draft").scrollIntoView({ block: "nearest" });
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = document.getElementById("start");
    if (!button || button.disabled) {
      return;
    }
    button.disabled = true;
    const answer = await send("/api/start");
    if (answer) {
      location.href = answer.address;
    }
    button.disabled = false;
  });
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.addEventListener("click", async () => {
      const place = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(place.textContent);
      } catch {
        // A browser that refuses the clipboard gets the text selected.
        getSelection().selectAllChildren(place);
      }
    });
  });
}

// ---- Label projects ----

async function label(body) {
  const said = document.getElementById("said");
  try {
    const { ok, answer } = await request("/api/label", body);
    said.textContent = ok ? "" : answer.error;
    if (ok) {
      const link = document.createElement("a");
      link.href = answer.address;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = page.say("Open the labelling page", "打开标注页面");
      said.append(link);
      link.focus();
    }
  } catch {
    lost();
  }
}

document.querySelectorAll("[data-label-file]").forEach((button) => {
  button.addEventListener("click", () => label({ project: button.dataset.labelFile }));
});
document.getElementById("label-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { rows, name, overlap } = event.target.elements;
  label({ rows: rows.value, name: name.value.trim(), overlap: overlap.value });
});
