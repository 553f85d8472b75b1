// SPDX-License-Identifier: Apache-2.0
// The page on which two answers are compared.

import { $, ask, Failure, hasText, onLanguage, showError, start, text } from "./page.js";

const NAME = "dpo4j-annotator";
const CHOICES = { left: "leftBetter", right: "rightBetter", tie: "tie", both_bad: "bothBad", skip: "skip" };
const KEYS = { ArrowLeft: "left", ArrowRight: "right", t: "tie", b: "both_bad", s: "skip" };

let session = { annotator: null, annotators: [], tags: [] };
let annotator = "";
let view = null;
let busy = false;

// ---- Time ------------------------------------------------------------------------------------
// Counts only while the page can be seen.

const timer = { total: 0, since: null };

function resetTimer() {
  timer.total = 0;
  timer.since = document.hidden ? null : performance.now();
}

function seconds() {
  return (timer.total + (timer.since === null ? 0 : performance.now() - timer.since)) / 1000;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && timer.since !== null) {
    timer.total += performance.now() - timer.since;
    timer.since = null;
  } else if (!document.hidden) {
    timer.since = performance.now();
  }
});

// ---- Drawing ---------------------------------------------------------------------------------

/** Puts in HTML that the server has made safe; see MarkdownHtml. */
function fill(id, html) {
  const element = $(id);
  element.innerHTML = html;
  // Of a long conversation the last message is what the answers answer.
  element.scrollTop = element.querySelector(".message + .message") ? element.scrollHeight : 0;
  for (const block of element.querySelectorAll("pre, table")) {
    block.tabIndex = 0;
  }
  words(element);
}

/** Texts of ours inside a message. */
function words(element) {
  for (const role of element.querySelectorAll("[data-role]")) {
    const key = "role" + role.dataset.role.charAt(0).toUpperCase() + role.dataset.role.slice(1);
    if (hasText(key)) {
      role.textContent = text(key);
    }
  }
  for (const empty of element.querySelectorAll(".empty")) {
    empty.textContent = text("empty");
  }
}

function drawProgress() {
  const known = view !== null;
  $("progress-box").hidden = !known;
  if (known) {
    const all = view.answered + view.remaining;
    $("progress").max = Math.max(1, all);
    $("progress").value = view.answered;
    $("progress-text").textContent = text("progressText", { done: view.answered, all });
  }
}

function drawTags() {
  const pressed = new Set(chosenTags());
  const buttons = session.tags.map((tag, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag";
    button.dataset.tag = tag;
    button.setAttribute("aria-pressed", String(pressed.has(tag)));
    button.setAttribute("aria-keyshortcuts", String(index + 1));
    const key = document.createElement("kbd");
    key.textContent = String(index + 1);
    button.append(key, " ", hasText(tag) ? text(tag) : tag);
    button.addEventListener("click", () => toggle(button));
    return button;
  });
  $("tags").replaceChildren(...buttons);
}

function toggle(button) {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
}

function chosenTags() {
  return [...$("tags").querySelectorAll("[aria-pressed=true]")].map((tag) => tag.dataset.tag);
}

function setReason(reason, tags) {
  $("reason").value = reason;
  for (const button of $("tags").children) {
    button.setAttribute("aria-pressed", String(tags.includes(button.dataset.tag)));
  }
}

function drawWho() {
  $("who").hidden = annotator === "" || session.annotator !== null;
  $("who").textContent = annotator;
}

/** Shows what the server has sent. */
function show(next) {
  view = next;
  const question = view.question;
  $("name-form").hidden = true;
  $("question").hidden = question === null;
  $("done").hidden = question !== null;
  $("after").hidden = false;
  $("undo").disabled = !view.can_undo;
  if (question !== null) {
    fill("prompt", question.prompt);
    fill("left", question.left);
    fill("right", question.right);
    setReason(view.undone?.reason ?? "", view.undone?.tags ?? []);
  }
  drawProgress();
  drawWho();
  window.scrollTo(0, 0);
  // The next thing to read: a screen reader begins here.
  $(question === null ? "done-title" : "prompt-title").focus({ preventScroll: true });
  resetTimer();
}

// ---- Asking ----------------------------------------------------------------------------------

/**
 * Runs one request at a time; a second key press while one is under way is dropped. Tells whether
 * the request went well.
 */
async function attempt(request) {
  if (busy) {
    return false;
  }
  busy = true;
  document.body.classList.add("busy");
  try {
    await request();
    showError("");
    return true;
  } catch (failure) {
    if (!(failure instanceof Failure)) {
      throw failure;
    }
    if (failure.status === 409) {
      await refresh();
    }
    showError(failure.message);
    return false;
  } finally {
    busy = false;
    document.body.classList.remove("busy");
  }
}

/** Shows the question that is open on the server, where another page has gone on. */
async function refresh() {
  try {
    show(await ask("/api/question?annotator=" + encodeURIComponent(annotator)));
  } catch (failure) {
    if (!(failure instanceof Failure)) {
      throw failure;
    }
  }
}

function decide(choice) {
  if (view === null || view.question === null) {
    return;
  }
  attempt(async () => {
    const answer = {
      annotator,
      question: view.question.id,
      choice,
      reason: $("reason").value,
      tags: chosenTags(),
      seconds: seconds(),
    };
    show(await ask("/api/decision", answer));
    $("status").textContent = text("saved", { choice: text(CHOICES[choice]) });
  });
}

function undo() {
  if (view === null || !view.can_undo) {
    return;
  }
  attempt(async () => {
    show(await ask("/api/undo", { annotator }));
    $("status").textContent = text("undone", { choice: text(CHOICES[view.undone.choice]) });
  });
}

async function begin(name) {
  const begun = await attempt(async () => {
    const first = await ask("/api/question?annotator=" + encodeURIComponent(name));
    annotator = name;
    if (session.annotator === null) {
      localStorage.setItem(NAME, name);
    }
    show(first);
  });
  if (!begun && session.annotator === null) {
    askName();
  }
}

function askName() {
  view = null;
  annotator = "";
  $("question").hidden = true;
  $("done").hidden = true;
  $("after").hidden = true;
  $("status").textContent = "";
  $("name-form").hidden = false;
  $("name").value = "";
  drawProgress();
  drawWho();
  $("names").replaceChildren(
    ...session.annotators.map((name) => {
      const option = document.createElement("option");
      option.value = name;
      return option;
    }),
  );
  $("name").focus();
}

// ---- Keys ------------------------------------------------------------------------------------

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === $("reason")) {
    $("prompt-title").focus({ preventScroll: true });
    return;
  }
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if (!$("shortcuts").checked || modified || event.repeat || isTyping(event.target)) {
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const scrolls = event.target.closest("pre, table") !== null && key.startsWith("Arrow");
  if (view === null || scrolls) {
    return;
  }
  if (Object.hasOwn(KEYS, key)) {
    decide(KEYS[key]);
  } else if (key === "u") {
    undo();
  } else if (key === "r") {
    $("reason").focus();
  } else if (/^[1-9]$/.test(key) && view.question !== null && key <= session.tags.length) {
    toggle($("tags").children[Number(key) - 1]);
  } else {
    return;
  }
  event.preventDefault();
});

// ---- Start -----------------------------------------------------------------------------------

for (const button of $("choices").querySelectorAll("[data-choice]")) {
  button.addEventListener("click", () => decide(button.dataset.choice));
}
$("undo").addEventListener("click", undo);
$("who").addEventListener("click", askName);
$("name-form").addEventListener("submit", (event) => {
  event.preventDefault();
  begin($("name").value.trim());
});
onLanguage(() => {
  drawTags();
  drawProgress();
  ["prompt", "left", "right"].forEach((id) => words($(id)));
  $("status").textContent = "";
});
start();

const loaded = await attempt(async () => {
  session = await ask("/api/session");
  drawTags();
});
if (loaded) {
  const known = session.annotator ?? localStorage.getItem(NAME);
  if (known === null) {
    askName();
  } else {
    begin(known);
  }
}
