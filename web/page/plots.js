/** Plots as SVG: bars that lie, and a curve. Drawn anew when their place gets wider or narrower. */

import { element, plain } from "./text.js";

const LABEL_SHARE = 0.32; // of the width, for the names of the bars
const VALUE_SHARE = 0.16;
const CURVE_EMS = 11; // its height

/**
 * @param rows {label, value, kind}: a kind of document gives the bar its colour
 * @param of.say (value): as it is written beside the bar
 */
export function bars(rows, of) {
  return drawn(of, (svg, { width, em }) => {
    const most = Math.max(...rows.map(({ value }) => value), 1);
    const [start, room] = [width * LABEL_SHARE, width * (1 - LABEL_SHARE - VALUE_SHARE)];
    const step = em * 1.9;
    rows.forEach(({ label, value, kind }, position) => {
      const [top, middle] = [position * step, position * step + step / 2];
      const length = value ? Math.max(2, (room * value) / most) : 0;
      const bar = shape("rect", { x: start, y: top + step * 0.15, width: length, height: step * 0.7, rx: 3 });
      bar.classList.add("plot-bar");
      if (kind) bar.dataset.kind = kind;
      svg.append(
        words(label, { x: start - em * 0.6, y: middle, "text-anchor": "end" }),
        bar,
        words(of.say(value), { x: start + length + em * 0.5, y: middle, class: "plot-value" }),
      );
    });
    return rows.length * step;
  });
}

/** The same as a curve over equal steps, such as years. */
export function curve(rows, of) {
  return drawn(of, (svg, { width, em }) => {
    const most = Math.max(...rows.map(({ value }) => value), 1);
    const [left, right, top, bottom] = [em * 1.5, width - em * 1.5, em * 2, em * (CURVE_EMS - 2)];
    const across = (position) => left + ((right - left) * position) / Math.max(1, rows.length - 1);
    const up = (value) => bottom - ((bottom - top) * value) / most;
    const points = rows.map(({ value }, position) => [across(position), up(value)]);
    const path = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L");
    const ground = shape("path", { d: `M${left},${bottom} L${path} L${right},${bottom} Z`, class: "plot-ground" });
    svg.append(shape("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "plot-axis" }), ground);
    svg.append(shape("path", { d: `M${path}`, class: "plot-line" }));
    const stride = Math.ceil((rows.length * em * 3) / (right - left)); // so that no label covers another
    rows.forEach(({ label, value }, position) => {
      const [x, y] = points[position];
      svg.append(shape("circle", { cx: x, cy: y, r: 3, class: "plot-point" }));
      const fromEnd = rows.length - 1 - position;
      if (fromEnd % stride === 0) svg.append(words(label, { x, y: bottom + em, "text-anchor": "middle" }));
      if (value === most) {
        svg.append(words(of.say(value), { x, y: y - em * 0.9, "text-anchor": "middle", class: "plot-value" }));
      }
    });
    return em * CURVE_EMS;
  });
}

/** A place for a plot, which `draw(svg, {width, em})` fills; it returns the height. */
function drawn({ title, description }, draw) {
  const place = element("div", "plot");
  let width = 0;

  const observer = new ResizeObserver(() => {
    const style = getComputedStyle(place);
    if (!place.clientWidth || place.clientWidth === width) return;
    width = place.clientWidth;
    const svg = shape("svg", { role: "img", width });
    svg.append(worded("title", title), worded("desc", description));
    const height = draw(svg, { width, em: parseFloat(style.fontSize) });
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    place.replaceChildren(svg);
  });
  observer.observe(place);
  return place;
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

function worded(name, text) {
  const made = shape(name, {});
  made.textContent = plain(text);
  return made;
}

function words(text, attributes) {
  const made = shape("text", { "dominant-baseline": "central", ...attributes });
  made.textContent = plain(text);
  return made;
}
