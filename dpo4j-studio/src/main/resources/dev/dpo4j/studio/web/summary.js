// SPDX-License-Identifier: Apache-2.0
// What the decisions amount to.

import { $, ask, Failure, onLanguage, showError, start, text } from "./page.js";

let summary = null;

function percent(share) {
  return share === null ? "–" : Math.round(share * 100) + " %";
}

function number(value, digits) {
  return value === null ? text("notDefined") : value.toFixed(digits);
}

function facts(id, entries) {
  const parts = [];
  for (const [key, value] of entries) {
    const term = document.createElement("dt");
    term.textContent = text(key);
    const definition = document.createElement("dd");
    definition.textContent = value;
    parts.push(term, definition);
  }
  $(id).replaceChildren(...parts);
}

function cell(kind, content) {
  const element = document.createElement(kind);
  element.textContent = content;
  return element;
}

/** Draws a table; the first column names the row. */
function table(id, keys, rows) {
  const head = document.createElement("tr");
  keys.forEach((key) => {
    const title = cell("th", text(key));
    title.scope = "col";
    head.append(title);
  });
  const lines = rows.map((values) => {
    const line = document.createElement("tr");
    values.forEach((value, column) => {
      const element = cell(column === 0 ? "th" : "td", value);
      if (column === 0) {
        element.scope = "row";
      }
      line.append(element);
    });
    return line;
  });
  $(id).replaceChildren(...(rows.length === 0 ? [] : [head, ...lines]));
}

/** How many questions may still come for somebody. */
function remaining(annotator) {
  return summary.team.find((one) => one.annotator === annotator)?.remaining ?? "–";
}

function drawAnnotators() {
  const keys = [
    "annotator", "decisions", "remaining", "leftBetter", "rightBetter", "tie", "bothBad",
    "rankedCount", "skip", "leftShare", "medianSeconds",
  ];
  const rows = summary.annotators.map((a) => [
    a.annotator, a.decisions, remaining(a.annotator), a.left, a.right, a.tie, a.both_bad,
    a.ranked, a.skip,
    percent(a.left_share),
    a.median_seconds === null ? "–" : a.median_seconds.toFixed(1),
  ]);
  table("annotators", keys, rows);
}

function drawAgreement() {
  const agreement = summary.agreement;
  if (agreement.rows === 0) {
    $("agreement").replaceChildren(cell("dd", text("noAgreement")));
  } else {
    facts("agreement", [
      ["rowsCompared", agreement.rows],
      ["observed", percent(agreement.observed)],
      ["fleiss", number(agreement.fleiss_kappa, 3)],
      ["meanKappa", number(agreement.mean_cohen_kappa, 3)],
    ]);
  }
  const rows = agreement.pairs.map((pair) => [
    pair.annotators.join(", "), pair.rows, percent(pair.observed), number(pair.cohen_kappa, 3),
  ]);
  table("pairs", ["pair", "rowsCompared", "observed", "kappa"], rows);
}

function draw() {
  if (summary === null) {
    return;
  }
  facts("facts", [
    ["rows", summary.rows],
    ["rowsFinished", summary.rows_finished],
    ["overlap", summary.overlap],
    ["medianSeconds", summary.median_seconds === null ? "–" : summary.median_seconds.toFixed(1)],
  ]);
  drawAnnotators();
  drawAgreement();
}

onLanguage(draw);
start();

try {
  summary = await ask("/api/summary");
  draw();
} catch (failure) {
  if (!(failure instanceof Failure)) {
    throw failure;
  }
  showError(failure.message);
}
