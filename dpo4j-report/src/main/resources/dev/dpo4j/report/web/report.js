// SPDX-License-Identifier: Apache-2.0
// Draws the curves of the page and lets them be read by keyboard, saved and shown in two languages.
(() => {
  "use strict";

  const HEIGHT = 240;
  const COLOURS = 8;
  const root = document.documentElement;
  const page = window.dpo4jPage;
  const drawn = new Map();
  const stale = new Set();
  const sync = uPlot.sync("steps");
  let charts = [];

  const words = {
    lowest: ["lowest", "最低"],
    highest: ["highest", "最高"],
    last: ["last", "末值"],
    step: ["step", "步"],
    none: ["no finite value", "没有有限数值"],
  };
  const say = (key) => words[key][page.zh() ? 1 : 0];
  const axisName = (chart) =>
    chart.xEn === undefined ? say("step") : page.zh() ? chart.xZh : chart.xEn;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  function number(value) {
    if (value === null || value === undefined) {
      return "-";
    }
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
      return value.toExponential(2);
    }
    return String(+value.toPrecision(5));
  }

  // A moving mean that begins with the first value; gaps stay gaps.
  function smooth(values, weight) {
    let mean = null;
    return values.map((value) => {
      if (value === null || value === undefined) {
        return value;
      }
      mean = mean === null ? value : weight * mean + (1 - weight) * value;
      return mean;
    });
  }

  // ---- Drawing ----

  // Runs have their colours; within a run an evaluation has its own where there is room for it.
  function tint(chart, line) {
    const many = chart.lines.some((one) => one.run > 0);
    const single = chart.lines.every((one) => one.place === 0);
    const own = line.eval && single ? 1 : line.place;
    return colour("--c" + ((many ? line.run : own) % COLOURS));
  }

  // Steps are integers; what is none, such as a confidence, is no step.
  function steps(u, splits) {
    const whole = u.data[0].every(Number.isInteger);
    return splits.map((split) =>
      split === null ? "" : whole ? (Number.isInteger(split) ? split.toLocaleString("en") : "") : number(split));
  }

  function series(chart, weight) {
    const all = [{ label: axisName(chart) }];
    for (const line of chart.lines) {
      const stroke = tint(chart, line);
      const faint = weight > 0 && !line.eval;
      if (faint) {
        all.push({ stroke: stroke + "44", width: 1, points: { show: false }, raw: true });
      }
      const few = line.x.length < 40;
      all.push({
        label: line.label,
        stroke,
        width: line.eval ? 2 : 1.6,
        dash: line.eval ? [7, 4] : line.place === 1 ? [2, 3] : undefined,
        points: { show: line.eval || few, size: line.eval ? 6 : 4, fill: stroke },
        value: (u, value) => number(value),
        spanGaps: false,
      });
    }
    return all;
  }

  function data(chart, weight) {
    const tables = [];
    for (const line of chart.lines) {
      if (weight > 0 && !line.eval) {
        tables.push([line.x, line.y], [line.x, smooth(line.y, weight)]);
      } else {
        tables.push([line.x, line.y]);
      }
    }
    return uPlot.join(tables, tables.map((table) => table.slice(1).map(() => 1)));
  }

  function draw(chart) {
    const figure = document.getElementById("chart-" + chart.id);
    const place = figure.querySelector(".plot");
    const weight = Number(document.getElementById("smooth").value);
    drawn.get(chart.id)?.destroy();
    place.textContent = "";
    const ink = colour("--soft");
    const grid = { stroke: colour("--line"), width: 1 };
    const font = "12px " + getComputedStyle(document.body).fontFamily;
    const kept = [null, null];
    const keep = (i, label) => (u, splits) => {
      const labels = label(u, splits);
      kept[i] = splits.map((split, j) => [split, labels[j]]);
      return labels;
    };
    const axis = { stroke: ink, grid, ticks: grid, font };
    const options = {
      width: Math.max(260, place.clientWidth),
      height: HEIGHT,
      legend: { live: !page.printing() },
      cursor: { sync: { key: sync.key }, drag: { x: true, y: false, dist: 5 } },
      scales: { x: { time: false, distr: chart.xLog ? 3 : 1 }, y: { range: span } },
      axes: [
        { ...axis, values: keep(0, steps) },
        { ...axis, size: 64, values: keep(1, (u, splits) => splits.map(number)) },
      ],
      series: series(chart, weight),
      hooks: { setCursor: [(u) => facts(chart, u)] },
    };
    const plot = new uPlot(options, data(chart, weight), place);
    plot.kept = kept;
    // The legend has one row a line, not one for what lies faintly behind it.
    plot.series.forEach((one, i) => {
      if (one.raw) {
        plot.root.querySelectorAll(".u-series")[i].style.display = "none";
      }
    });
    plot.whole = ends(plot);
    drawn.set(chart.id, plot);
    facts(chart, plot);
  }

  // The first and the last step that were drawn; more may have come since.
  function ends(u) {
    const steps = u.data[0];
    return [steps[0] ?? 0, steps[steps.length - 1] ?? 0];
  }

  function span(u, low, high) {
    if (low === null || high === null) {
      return [0, 1];
    }
    const room = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1;
    return [low - room, high + room];
  }

  function summary(chart) {
    return chart.lines
      .map((line) => {
        const values = line.y.filter((value) => value !== null);
        if (values.length === 0) {
          return `${line.label}: ${say("none")}`;
        }
        const low = values.reduce((a, b) => Math.min(a, b));
        const high = values.reduce((a, b) => Math.max(a, b));
        const last = number(values[values.length - 1]);
        return `${line.label}: ${say("lowest")} ${number(low)}, ${say("highest")} ${number(high)}, ${say("last")} ${last}`;
      })
      .join("; ");
  }

  // Below a plot stands its summary, or what is under the cursor.
  function facts(chart, u) {
    const text = document.getElementById(`chart-${chart.id}-facts`);
    const at = u.keyed ? u.cursor.idx : null;
    if (at === null || at === undefined) {
      text.textContent = summary(chart);
      return;
    }
    const parts = [`${axisName(chart)} ${u.data[0][at]}`];
    u.series.forEach((one, i) => {
      const value = i > 0 && !one.raw ? u.data[i][at] : null;
      if (value !== null && value !== undefined) {
        parts.push(`${one.label} ${number(value)}`);
      }
    });
    text.textContent = parts.join("; ");
  }

  function drawAll() {
    charts.forEach(draw);
  }

  // ---- Keyboard ----

  function zoom(u, factor) {
    const { min, max, distr } = u.scales.x;
    if (distr === 3) {
      const middle = Math.sqrt(min * max);
      const ratio = Math.pow(max / min, factor / 2);
      u.setScale("x", { min: middle / ratio, max: middle * ratio });
      return;
    }
    const centre = u.cursor.idx === null ? (min + max) / 2 : u.data[0][u.cursor.idx] ?? (min + max) / 2;
    const half = ((max - min) / 2) * factor;
    u.setScale("x", { min: centre - half, max: centre + half });
  }

  function key(chart, event) {
    const u = drawn.get(chart.id);
    const steps = u.data[0];
    const last = steps.length - 1;
    const at = u.keyed ? u.cursor.idx ?? -1 : -1;
    const stride = event.shiftKey ? Math.max(1, Math.round(last / 20)) : 1;
    const moves = { ArrowRight: at + stride, ArrowLeft: at < 0 ? last : at - stride, Home: 0, End: last };
    if (event.key in moves && last >= 0) {
      const to = Math.min(last, Math.max(0, moves[event.key]));
      u.keyed = true;
      u.setCursor({ left: u.valToPos(steps[to], "x"), top: -1 });
      u.cursor.idx = to;
      facts(chart, u);
    } else if (event.key === "+" || event.key === "=") {
      zoom(u, 0.5);
    } else if (event.key === "-") {
      zoom(u, 2);
    } else if (event.key === "0" && last >= 0) {
      u.setScale("x", { min: steps[0], max: steps[last] });
    } else if (event.key === "Escape") {
      leave(chart);
    } else {
      return;
    }
    event.preventDefault();
  }

  function leave(chart) {
    const u = drawn.get(chart.id);
    u.keyed = false;
    u.setCursor({ left: -10, top: -10 });
    facts(chart, u);
  }

  // ---- Saving ----

  const escape = (text) =>
    String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

  function path(u, i) {
    let text = "";
    let pen = false;
    u.data[0].forEach((step, j) => {
      const value = u.data[i][j];
      if (value === undefined) {
        return; // Another line has a point here.
      }
      if (value === null) {
        pen = false;
        return;
      }
      const x = u.valToPos(step, "x").toFixed(1);
      const y = u.valToPos(value, "y").toFixed(1);
      text += (pen ? "L" : "M") + x + " " + y;
      pen = true;
    });
    return text;
  }

  // What is on the screen, with title and legend.
  function svg(chart) {
    const u = drawn.get(chart.id);
    const left = 64;
    const top = 34;
    const inner = { w: u.over.clientWidth, h: u.over.clientHeight };
    const legend = chart.lines.length * 18;
    const width = inner.w + left + 24;
    const height = inner.h + top + 40 + legend;
    const line = colour("--line");
    const soft = colour("--soft");
    const out = [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
      `<rect width="100%" height="100%" fill="${colour("--card")}"/>`,
      `<text x="${left}" y="20" font-size="15" font-weight="bold" fill="${colour("--ink")}">${escape(page.zh() ? chart.zh : chart.en)}</text>`,
      `<clipPath id="c"><rect width="${inner.w}" height="${inner.h}"/></clipPath>`,
      `<g transform="translate(${left} ${top})">`,
    ];
    for (const [split, label] of u.kept[1] ?? []) {
      const y = u.valToPos(split, "y");
      if (y >= 0 && y <= inner.h) {
        out.push(`<path d="M0 ${y}H${inner.w}" stroke="${line}"/>`);
        out.push(`<text x="-6" y="${y + 4}" text-anchor="end" fill="${soft}">${escape(label)}</text>`);
      }
    }
    for (const [split, label] of u.kept[0] ?? []) {
      const x = u.valToPos(split, "x");
      if (x >= 0 && x <= inner.w) {
        out.push(`<text x="${x}" y="${inner.h + 18}" text-anchor="middle" fill="${soft}">${escape(label)}</text>`);
      }
    }
    const shown = u.series.map((one, i) => [one, i]).filter(([one, i]) => i > 0 && one.show);
    for (const [one, i] of shown) {
      const dash = one.dash ? ` stroke-dasharray="${one.dash.join(" ")}"` : "";
      const stroke = one._stroke ?? one.stroke;
      const ink = typeof stroke === "function" ? stroke(u, i) : stroke;
      out.push(`<path clip-path="url(#c)" d="${path(u, i)}" fill="none" stroke="${ink}" stroke-width="${one.raw ? 1 : 2}"${dash}/>`);
    }
    shown
      .filter(([one]) => !one.raw)
      .forEach(([one, i], row) => {
        const y = inner.h + 40 + row * 18;
        const dash = one.dash ? ` stroke-dasharray="${one.dash.join(" ")}"` : "";
        const ink = typeof one.stroke === "function" ? one.stroke(u, i) : one.stroke;
        out.push(`<path d="M0 ${y}h28" stroke="${ink}" stroke-width="2"${dash}/>`);
        out.push(`<text x="36" y="${y + 4}" fill="${colour("--ink")}">${escape(one.label)}</text>`);
      });
    out.push("</g></svg>");
    return { text: out.join(""), width, height };
  }

  function csv(chart) {
    const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : value);
    const rows = [["line", chart.xEn ?? "step", "value"]];
    for (const line of chart.lines) {
      line.x.forEach((x, i) => rows.push([line.label, x, line.y[i] ?? "NaN"]));
    }
    return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
  }

  function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function png(picture, done) {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = picture.width * 2;
      canvas.height = picture.height * 2;
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      context.drawImage(image, 0, 0);
      canvas.toBlob(done, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(picture.text);
  }

  function save(chart, kind) {
    if (kind === "svg") {
      download(new Blob([svg(chart).text], { type: "image/svg+xml" }), chart.id + ".svg");
    } else if (kind === "csv") {
      download(new Blob([csv(chart)], { type: "text/csv" }), chart.id + ".csv");
    } else {
      png(svg(chart), (blob) => download(blob, chart.id + ".png"));
    }
  }

  // ---- Points that come later ----

  // Takes further points of a run that goes on: by metric, pairs of step and value. Returns whether
  // there was a place for all of them.
  function append(run, points) {
    let whole = true;
    for (const [metric, pairs] of Object.entries(points)) {
      const found = charts.flatMap((chart) =>
        chart.lines.filter((line) => line.metric === metric && line.run === run).map((line) => [chart, line]));
      whole = whole && found.length > 0;
      for (const [chart, line] of found) {
        const scale = metric.endsWith("_bytes") ? 2 ** 30 : 1;
        for (const [step, value] of pairs) {
          line.x.push(step);
          line.y.push(value === null ? null : value / scale);
        }
        stale.add(chart);
      }
    }
    return whole;
  }

  // Draws what has new points; a view that was chosen by zooming stays.
  function refresh() {
    for (const chart of stale) {
      const u = drawn.get(chart.id);
      const few = chart.lines.some((line) => line.x.length < 80);
      const zoomed = u && (u.scales.x.min > u.whole[0] || u.scales.x.max < u.whole[1]);
      if (!u || (few && !zoomed && !u.keyed)) {
        draw(chart);
      } else {
        const { min, max } = u.scales.x;
        u.setData(data(chart, Number(document.getElementById("smooth").value)), !zoomed);
        u.whole = ends(u);
        if (zoomed) {
          u.setScale("x", { min, max });
        }
        facts(chart, u);
      }
    }
    stale.clear();
  }

  function begin() {
    drawn.forEach((plot) => plot.destroy());
    drawn.clear();
    charts = JSON.parse(document.getElementById("points").textContent);
    drawAll();
    for (const chart of charts) {
      const figure = document.getElementById("chart-" + chart.id);
      const plot = figure.querySelector(".plot");
      plot.addEventListener("keydown", (event) => key(chart, event));
      plot.addEventListener("blur", () => leave(chart));
      figure.querySelectorAll("[data-save]").forEach((button) => {
        button.addEventListener("click", () => save(chart, button.dataset.save));
      });
    }
  }

  begin();
  page.onChange(drawAll);
  document.getElementById("smooth").addEventListener("change", drawAll);

  let widthBefore = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== widthBefore && !page.printing()) {
      widthBefore = window.innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(drawAll, 100);
    }
  });

  // For tests, and for people who look at the console.
  window.dpo4jReport = { get charts() { return charts; }, drawn, svg, csv, append, refresh, begin };
})();
