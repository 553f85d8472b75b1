// SPDX-License-Identifier: Apache-2.0
// How far each annotator is.

import { $, text } from "./page.js";

/** How far everybody is, where there are others. */
export function drawTeam(team) {
  $("team").hidden = team.length < 2;
  $("team-list").replaceChildren(
    ...team.map((one) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = one.annotator;
      const bar = document.createElement("progress");
      bar.max = Math.max(1, one.answered + one.remaining);
      bar.value = one.answered;
      bar.setAttribute("aria-label", one.annotator);
      const count = document.createElement("span");
      count.textContent = text("progressText", {
        done: one.answered,
        all: one.answered + one.remaining,
      });
      line.append(name, bar, count);
      return line;
    }),
  );
}
