// SPDX-License-Identifier: Apache-2.0
// What the pages of labelling share: the language, requests, messages.

import { request } from "./requests.js";
import { languages } from "./strings.js";

const LANGUAGE = "dpo4j-language";
const listeners = [];
let language = "en";

/** The element with an id. */
export function $(id) {
  return document.getElementById(id);
}

/** The text of a key, with {name} replaced by the values given. */
export function text(key, values = {}) {
  const words = languages[language][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Tells whether a key has a text. */
export function hasText(key) {
  return Object.hasOwn(languages[language], key);
}

/** Calls a function now and after every change of the language. */
export function onLanguage(listener) {
  listeners.push(listener);
}

function setLanguage(name) {
  language = Object.hasOwn(languages, name) ? name : "en";
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = text(element.dataset.placeholder);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
  }
  const other = language === "zh" ? "en" : "zh";
  $("language").textContent = other === "zh" ? "中文" : "English";
  $("language").lang = other === "zh" ? "zh-Hans" : "en";
  listeners.forEach((listener) => listener());
}

/** Draws the texts: in the language chosen before, else in that which the server took. */
export function start() {
  $("language").addEventListener("click", () => {
    const other = language === "zh" ? "en" : "zh";
    localStorage.setItem(LANGUAGE, other);
    setLanguage(other);
  });
  setLanguage(localStorage.getItem(LANGUAGE) ?? document.documentElement.lang);
}

/** What a request failed with; status 0 means that nobody answered. */
export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks the server; with a body the request is a POST. */
export async function ask(path, body) {
  let reply;
  try {
    reply = await request(path, body);
  } catch {
    throw new Failure(0, text("failed"));
  }
  if (reply.ok) {
    return reply.answer;
  }
  throw new Failure(reply.status, reply.answer.error ?? reply.text);
}

/** Shows a failure, or hides the last one. */
export function showError(message) {
  $("error").hidden = message === "";
  $("error").textContent = message;
}
