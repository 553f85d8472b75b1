// SPDX-License-Identifier: Apache-2.0
// The page on which answers are compared.

import { $, ask, Failure, hasText, onLanguage, showError, start, text } from "./page.js";
import { drawTeam } from "./team.js";
import { resetTimer, seconds } from "./timer.js";

const NAME = "dpo4j-annotator";
const GUIDE = "dpo4j-guidelines";
const LETTERS = ["A", "B", "C", "D", "E", "F"];
const OTHERS = { t: "tie", n: "both_bad", s: "skip" };

let session = { annotator: null, annotators: [], tags: [], ranking: false, guidelines: "" };
let annotator = "";
let view = null;
/** Places of the answers named so far, of more than two: best first. */
let named = [];
let busy = false;

// ---- Drawing ---------------------------------------------------------------------------------

/** Puts in HTML that the server has made safe; see MarkdownHtml. */
function fill(element, html) {
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

function isPair() {
  return view.question.answers.length === 2;
}

function drawAnswers() {
  const cards = view.question.answers.map((html, place) => {
    const card = document.createElement("section");
    card.className = "card answer";
    card.id = "card-" + place;
    const title = document.createElement("h2");
    title.id = "answer-title-" + place;
    const rank = document.createElement("span");
    rank.className = "rank";
    title.append(document.createElement("span"), " ", rank);
    const body = document.createElement("div");
    body.className = "text";
    body.id = "answer-" + place;
    body.tabIndex = 0;
    body.setAttribute("role", "group");
    body.setAttribute("aria-labelledby", title.id);
    card.setAttribute("aria-labelledby", title.id);
    card.append(title, body);
    fill(body, html);
    return card;
  });
  $("answers").dataset.count = cards.length;
  $("answers").replaceChildren(...cards);
  drawTitles();
}

function drawTitles() {
  view.question.answers.forEach((_, place) => {
    const title = $("answer-title-" + place);
    title.firstChild.textContent = text("answer", { letter: LETTERS[place] });
    title.lastChild.textContent = rankText(place);
    $("card-" + place).classList.toggle("named", named.includes(place));
  });
}

/** What has been said about an answer so far. */
function rankText(place) {
  const rank = named.indexOf(place);
  if (rank < 0) {
    return "";
  }
  if (!session.ranking) {
    return text(rank === 0 ? "best" : "worst");
  }
  return text("rank", { rank: rank + 1 });
}

/** A button with its key; the letter of an answer is its key. */
function button(key, label, choice, className) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.dataset.choice = choice;
  element.setAttribute("aria-keyshortcuts", key);
  const shown = document.createElement("kbd");
  shown.textContent = key;
  element.append(shown, " " + label);
  return element;
}

function drawChoices() {
  if (view === null || view.question === null) {
    return;
  }
  const pair = isPair();
  const sides = view.question.answers.map((_, place) => {
    const letter = LETTERS[place];
    const label = pair ? text("better", { letter }) : text("answer", { letter });
    const element = button(letter, label, "answer-" + place, "side");
    element.disabled = named.includes(place);
    element.addEventListener("click", () => name(place));
    return element;
  });
  const others = [
    button("T", text(pair ? "tie" : "allEqual"), "tie", "other"),
    button("N", text(pair ? "bothBad" : "allBad"), "both_bad", "other"),
    button("S", text("skip"), "skip", "quiet"),
  ];
  others.forEach((element) => {
    element.addEventListener("click", () => decide(element.dataset.choice, []));
  });
  $("choices").dataset.count = sides.length;
  $("choices").replaceChildren(...sides, ...others);
  $("task").hidden = pair;
  if (!pair) {
    const next = named.length + 1;
    $("task").textContent = session.ranking
      ? text("taskRank", { rank: next, all: sides.length })
      : text(named.length === 0 ? "taskBest" : "taskWorst");
  }
}

/** Takes the letter of an answer: the better one of two, or the next of a ranking. */
function name(place) {
  if (view === null || view.question === null || named.includes(place)) {
    return;
  }
  const count = view.question.answers.length;
  if (place >= count) {
    return;
  }
  if (count === 2) {
    decide(place === 0 ? "left" : "right", []);
    return;
  }
  named.push(place);
  const rest = view.question.answers.map((_, at) => at).filter((at) => !named.includes(at));
  if (session.ranking && rest.length <= 1) {
    decide("ranked", [...named, ...rest].map((at) => [at]));
  } else if (!session.ranking && named.length === 2) {
    decide("ranked", [[named[0]], rest, [named[1]]]);
  } else {
    drawTitles();
    drawChoices();
  }
}

/** Takes the last letter back, before the decision is sent. */
function unname() {
  named.pop();
  drawTitles();
  drawChoices();
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
  named = [];
  if (question !== null) {
    fill($("prompt"), question.prompt);
    drawAnswers();
    drawChoices();
    setReason(view.undone?.reason ?? "", view.undone?.tags ?? []);
  }
  drawProgress();
  drawTeam(view === null ? [] : view.team);
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
    } else if (named.length > 0) {
      unname();
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

/** What a choice is called where it is told again. */
function choiceText(choice) {
  const words = { left: "A", right: "B" };
  if (Object.hasOwn(words, choice)) {
    return text("better", { letter: words[choice] });
  }
  const pair = view === null || view.question === null || isPair();
  const keys = {
    tie: pair ? "tie" : "allEqual",
    both_bad: pair ? "bothBad" : "allBad",
    ranked: "ranked",
    skip: "skip",
  };
  return text(keys[choice]);
}

function decide(choice, ranking) {
  if (view === null || view.question === null) {
    return;
  }
  const said = choiceText(choice);
  attempt(async () => {
    const answer = {
      annotator,
      question: view.question.id,
      choice,
      reason: $("reason").value,
      tags: chosenTags(),
      seconds: seconds(),
      ranking,
    };
    show(await ask("/api/decision", answer));
    $("status").textContent = text("saved", { choice: said });
  });
}

function undo() {
  if (view === null || !view.can_undo) {
    return;
  }
  attempt(async () => {
    show(await ask("/api/undo", { annotator }));
    $("status").textContent = view.undone
      ? text("undone", { choice: choiceText(view.undone.choice) })
      : "";
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
  drawTeam(view === null ? [] : view.team);
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

/** Code and tables scroll sideways by the arrows when they are looked at. */
function scrolls(target) {
  return target.closest("pre, table") !== null;
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
  if (view === null) {
    return;
  }
  const letter = LETTERS.indexOf(key.toUpperCase());
  const open = view.question !== null;
  if (open && letter >= 0 && letter < view.question.answers.length) {
    name(letter);
  } else if (open && isPair() && key.startsWith("Arrow") && !scrolls(event.target)) {
    if (key !== "ArrowLeft" && key !== "ArrowRight") {
      return;
    }
    name(key === "ArrowLeft" ? 0 : 1);
  } else if (open && Object.hasOwn(OTHERS, key)) {
    decide(OTHERS[key], []);
  } else if (key === "Escape" || key === "Backspace") {
    if (named.length === 0) {
      return;
    }
    unname();
  } else if (key === "g" && session.guidelines !== "") {
    showGuide($("guidelines").hidden);
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

/** The guidelines stand beside the question where there is room, until they are put away. */
function showGuide(shown) {
  $("guidelines").hidden = !shown;
  $("guide").setAttribute("aria-expanded", String(shown));
  localStorage.setItem(GUIDE, shown ? "shown" : "hidden");
}

function drawGuide() {
  const some = session.guidelines !== "";
  $("guide").hidden = !some;
  if (some) {
    fill($("guidelines"), session.guidelines);
    const wide = window.matchMedia("(min-width: 1100px)").matches;
    const kept = localStorage.getItem(GUIDE);
    showGuide(kept === null ? wide : kept === "shown");
  }
}

$("guide").addEventListener("click", () => showGuide($("guidelines").hidden));
$("undo").addEventListener("click", undo);
$("who").addEventListener("click", askName);
$("name-form").addEventListener("submit", (event) => {
  event.preventDefault();
  begin($("name").value.trim());
});
onLanguage(() => {
  drawTags();
  drawProgress();
  drawTeam(view === null ? [] : view.team);
  drawChoices();
  if (view !== null && view.question !== null) {
    drawTitles();
    document.querySelectorAll("#prompt, .answer .text").forEach(words);
  }
  $("status").textContent = "";
});
start();

const loaded = await attempt(async () => {
  session = await ask("/api/session");
  drawTags();
  drawGuide();
});
if (loaded) {
  const known = session.annotator ?? localStorage.getItem(NAME);
  if (known === null) {
    askName();
  } else {
    begin(known);
  }
}
