// SPDX-License-Identifier: Apache-2.0
// How long a question is looked at; counts only while the page can be seen.

const timer = { total: 0, since: null };

/** Begins anew. */
export function resetTimer() {
  timer.total = 0;
  timer.since = document.hidden ? null : performance.now();
}

/** Returns the time since then. */
export function seconds() {
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
