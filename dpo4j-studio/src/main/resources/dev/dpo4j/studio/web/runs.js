// SPDX-License-Identifier: Apache-2.0
// Keeps the pages about runs up to date: the server tells what has changed, and the page takes it.

import { request } from "./requests.js";

const page = window.dpo4jPage;
const live = document.getElementById("live");

// ---- Taking over what is new ----

// Makes an element like another one, and leaves alone what is like it already: a focus, a chosen box
// and an opened part stay.
function morph(old, fresh) {
  for (const name of fresh.getAttributeNames()) {
    if (old.getAttribute(name) !== fresh.getAttribute(name)) {
      old.setAttribute(name, fresh.getAttribute(name));
    }
  }
  for (const name of old.getAttributeNames()) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) {
      old.removeAttribute(name);
    }
  }
  const now = [...old.childNodes];
  const next = [...fresh.childNodes];
  next.forEach((node, i) => {
    const there = now[i];
    if (!there) {
      old.append(node);
    } else if (there.nodeType !== node.nodeType || there.nodeName !== node.nodeName) {
      there.replaceWith(node);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      morph(there, node);
    } else if (there.nodeValue !== node.nodeValue) {
      there.nodeValue = node.nodeValue;
    }
  });
  now.slice(next.length).forEach((node) => node.remove());
}

async function load(address) {
  const response = await fetch(address);
  if (!response.ok) {
    return null;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  page.speak(fresh);
  return fresh;
}

// What is printed last stands at the end.
function scrollLog() {
  const log = document.querySelector(".log[open] pre");
  if (log && document.activeElement !== log) {
    log.scrollTop = log.scrollHeight;
  }
}

document.addEventListener("toggle", scrollLog, true);

function take(fresh, ...ids) {
  for (const id of ids) {
    const old = document.getElementById(id);
    const part = fresh.getElementById(id);
    if (old && part) {
      morph(old, part);
    }
  }
  scrollLog();
  times();
}

// Calls a function soon, but not more often than every so many milliseconds, and never twice at once.
function calm(pause, action) {
  let timer = 0;
  let busy = false;
  let again = false;
  return function call() {
    if (timer || busy) {
      again = again || busy;
      return;
    }
    timer = setTimeout(async () => {
      timer = 0;
      busy = true;
      try {
        await action();
      } catch {
        lost(true);
      }
      busy = false;
      if (again) {
        again = false;
        call();
      }
    }, pause);
  };
}

// ---- Times ----

function ago(seconds) {
  const forms = [
    [60, 1, "s ago", " 秒前"],
    [3600, 60, "min ago", " 分钟前"],
    [86400, 3600, "h ago", " 小时前"],
    [Infinity, 86400, "d ago", " 天前"],
  ];
  const [, unit, en, zh] = forms.find(([below]) => seconds < below);
  const count = Math.max(0, Math.floor(seconds / unit));
  return page.zh() ? count + zh : count + " " + en;
}

function times() {
  document.querySelectorAll("time.ago").forEach((element) => {
    const at = new Date(element.dateTime);
    element.textContent = ago((Date.now() - at) / 1000);
    element.title = at.toLocaleString();
  });
}

// ---- The stream ----

let source = null;

function lost(is) {
  const element = document.getElementById("lost");
  if (element) {
    element.hidden = !is;
  }
}

// A page that nobody sees holds no connection; browsers allow few of them.
function listen(address, events, onReturn) {
  const open = () => {
    source = new EventSource(address());
    source.onopen = () => lost(false);
    source.onerror = () => {
      // The browser tries again by itself, but with an old address, and not after every failure.
      lost(true);
      source.close();
      setTimeout(() => {
        if (!document.hidden) {
          onReturn().then(open, () => setTimeout(open, 3000));
        }
      }, 2000);
    };
    for (const [name, action] of Object.entries(events)) {
      source.addEventListener(name, (event) => action(JSON.parse(event.data)));
    }
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) {
      onReturn().then(open, () => open());
    }
  });
  open();
}

// ---- The list ----

function followList() {
  const refresh = async () => {
    const fresh = await load("/");
    if (fresh) {
      take(fresh, "list");
    }
  };
  listen(() => "/api/live", { list: calm(500, refresh) }, refresh);
  const form = () => document.getElementById("compare");
  document.addEventListener("submit", (event) => {
    if (event.target === form()) {
      event.preventDefault();
      const chosen = [...form().querySelectorAll("input:checked")];
      const query = chosen.map((box, i) => `run${i + 1}=${encodeURIComponent(box.value)}`);
      location.href = "/compare?" + query.join("&");
    }
  });
}

// ---- A run ----

let refreshRun = () => {};

function followRun() {
  const name = encodeURIComponent(live.dataset.run);
  let at = live.dataset.at;

  // All of the page, the curves too.
  const reload = async () => {
    const fresh = await load(`/run?run=${name}`);
    if (!fresh) {
      return;
    }
    document.getElementById("curves-part").replaceWith(fresh.getElementById("curves-part"));
    document.getElementById("points").textContent = fresh.getElementById("points").textContent;
    at = fresh.getElementById("live").dataset.at;
    window.dpo4jReport.begin();
    take(fresh, "about", "tools", "now", "more");
  };
  const facts = async () => {
    const fresh = await load(`/run?run=${name}&points=no`);
    if (fresh) {
      take(fresh, "about", "tools", "now", "more");
    }
  };
  const soon = calm(300, facts);
  refreshRun = soon;
  const figures = calm(3000, facts);
  const again = calm(300, reload);
  const draw = calm(400, async () => window.dpo4jReport.refresh());
  const long = () =>
    window.dpo4jReport.charts.some((chart) => chart.lines.some((line) => line.x.length > 6000));

  listen(
    () => `/api/live?run=${name}&since=${at}`,
    {
      points: (news) => {
        at = news.at;
        // A new metric has no plot yet, and long curves are thinned out by the server.
        if (!window.dpo4jReport.append(0, drawable(news.points)) || long()) {
          again();
        } else {
          draw();
        }
        figures();
      },
      facts: soon,
      again,
    },
    reload,
  );
}

// ---- Buttons ----

function tell(message) {
  document.getElementById("said").textContent = message;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button) {
    return;
  }
  const path = button.dataset.post;
  const question = page.say(
    "Stop the run after its step? It saves, and can go on later.",
    "在当前步之后停止运行？结果会保存，之后可以继续。",
  );
  if (path === "/api/stop" && !confirm(question)) {
    return;
  }
  button.disabled = true;
  try {
    const { ok, answer } = await request(path, { run: live.dataset.run });
    const asked = page.say("Asked. The run does it after its step.", "已请求，运行将在当前步之后执行。");
    tell(ok ? asked : answer.error);
    refreshRun();
  } catch {
    lost(true);
  }
  setTimeout(() => (button.disabled = false), 2000);
});

// Figures of the clock have no plot.
function drawable(points) {
  const clock = /(_runtime|_samples_per_second|_steps_per_second)$/;
  return Object.fromEntries(Object.entries(points).filter(([metric]) => !clock.test(metric)));
}

// ---- A comparison ----

function followComparison() {
  const reload = async () => {
    const fresh = await load(location.pathname + location.search);
    if (!fresh) {
      return;
    }
    document.getElementById("curves-part").replaceWith(fresh.getElementById("curves-part"));
    document.getElementById("points").textContent = fresh.getElementById("points").textContent;
    window.dpo4jReport.begin();
    take(fresh, "now", "more");
  };
  listen(() => "/api/live", { list: calm(5000, reload) }, reload);
}

// ---- A start that is no run yet ----

function followStart() {
  const name = encodeURIComponent(live.dataset.start);
  setInterval(async () => {
    if (document.hidden) {
      return;
    }
    try {
      const fresh = await load(`/run?run=${name}`);
      lost(false);
      if (fresh?.querySelector("#live[data-run]")) {
        location.reload();
      } else if (fresh) {
        take(fresh, "start-part");
      }
    } catch {
      lost(true);
    }
  }, 1000);
}

times();
setInterval(times, 5000);
page.onChange(times);
if (live && "list" in live.dataset) {
  followList();
} else if (live && "run" in live.dataset) {
  followRun();
} else if (live && "compare" in live.dataset) {
  followComparison();
} else if (live && "start" in live.dataset) {
  followStart();
}
