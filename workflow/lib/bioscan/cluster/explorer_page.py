"""The page of `explorer`: markup, style and script, with its places to fill between @@."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template: auto 1fr / 1fr 20rem; background: #fbfaf7; color: #2b2a27;
  font: 14px/1.4 system-ui, sans-serif; }
header { grid-column: 1 / 3; padding: .6rem 1rem; border-bottom: 1px solid #d9d5cb; }
h1 { display: inline; font: normal 1.25rem Georgia, "Times New Roman", serif; margin-right: 1rem; }
header span, .quiet { color: #6b675e; }
#map { position: relative; min-height: 0; background: #fff; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
#rings { cursor: crosshair; touch-action: none; }
aside { padding: .75rem 1rem; border-left: 1px solid #d9d5cb; overflow-y: auto; min-height: 0; }
label { display: block; margin-bottom: .5rem; color: #6b675e; }
select, input { display: block; width: 100%; font: inherit; padding: .25rem; }
#legend { list-style: none; margin: .25rem 0 1rem; padding: 0; }
#legend button { all: unset; cursor: pointer; display: flex; gap: .4rem; width: 100%;
  padding: .05rem .2rem; align-items: baseline; }
#legend button:focus-visible { outline: 2px solid #1f5b87; }
#legend button[aria-pressed=true] { background: #e9e4d8; }
#legend i { flex: none; width: .75rem; height: .75rem; border-radius: 50%; }
#legend b { margin-left: auto; font-weight: normal; color: #6b675e; }
#crop { margin: 0 0 .5rem; background-repeat: no-repeat; border: 1px solid #e4e0d6; }
dl { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .1rem .6rem; margin: .4rem 0; }
dt { color: #6b675e; }
dd { margin: 0; overflow-wrap: anywhere; }
"""

SCRIPT = """
const data = JSON.parse(document.getElementById('data').textContent);
const sheet = document.getElementById('sheet').textContent.trim();
const find = (id) => document.getElementById(id);
// Points are drawn when the map moves, rings on a canvas above them whenever the pointer does.
const below = find('points'), canvas = find('rings'), count = data.id.length;
const pens = [below, canvas].map((layer) => layer.getContext('2d'));
const [pen, over] = pens;
const zoomed = { scale: 1, x: 0, y: 0 };           // of the grid, in pixels
const none = { values: [], codes: new Array(count).fill(-1) };    // without labels and clusters
let column = data.columns[0] || none, chosen = null, hovered = -1, pinned = -1, found = new Set();

function colour(code) {
  if (code < 0) return data.missing;
  return code < data.colours.length ? data.colours[code] : data.other;
}
// Legend entries: the most frequent values, then 'other' and 'missing'.
function entry(code) { return code < 0 ? -1 : Math.min(code, data.colours.length); }

function fit() {
  const box = canvas.getBoundingClientRect(), side = Math.min(box.width, box.height) * 0.94;
  zoomed.scale = side / data.grid;
  zoomed.x = (box.width - side) / 2;
  zoomed.y = (box.height - side) / 2;
}
function resize() {
  const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  for (const layer of pens) {
    layer.canvas.width = box.width * ratio;
    layer.canvas.height = box.height * ratio;
    layer.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  draw();
}
function at(point) {
  return [zoomed.x + data.x[point] * zoomed.scale, zoomed.y + data.y[point] * zoomed.scale];
}
function radius() {
  const first = Math.max(1.6, Math.min(4, 160 / Math.sqrt(count)));
  const box = canvas.getBoundingClientRect();
  const zoom = zoomed.scale * data.grid / (Math.min(box.width, box.height) * 0.94);
  return Math.min(7, first * Math.sqrt(Math.max(1, zoom)));
}
function dot(point, size) {
  const [x, y] = at(point);
  if (size < 2) {                                   // looks round, and is much faster
    pen.fillRect(x - size, y - size, 2 * size, 2 * size);
    return;
  }
  pen.beginPath();
  pen.arc(x, y, size, 0, 6.2832);
  pen.fill();
}
function draw() {
  const box = canvas.getBoundingClientRect(), size = radius();
  pen.clearRect(0, 0, box.width, box.height);
  // Grey below colours, and rare colours above frequent ones.
  const passes = [-1, data.colours.length, ...data.colours.keys()];
  const points = new Map(passes.map((pass) => [pass, []]));
  column.codes.forEach((code, point) => points.get(entry(code)).push(point));
  for (const pass of passes) {
    pen.globalAlpha = chosen === null || chosen === pass ? 0.9 : 0.08;
    pen.fillStyle = colour(pass);
    for (const point of points.get(pass)) dot(point, size);
  }
  mark();
}
function mark() {
  const box = canvas.getBoundingClientRect(), size = radius();
  over.clearRect(0, 0, box.width, box.height);
  for (const point of found) ring(point, size + 2, 1.2);
  const shown = hovered >= 0 ? hovered : pinned;
  if (shown < 0) return;
  const code = column.codes[shown];
  if (code >= data.colours.length) {                // grey, so its like cannot be seen otherwise
    column.codes.forEach((other, point) => { if (other === code) ring(point, size, 1.2); });
  }
  ring(shown, size + 4, 2.2);
}
function ring(point, size, width) {
  const [x, y] = at(point);
  over.lineWidth = width;
  over.beginPath();
  over.arc(x, y, size, 0, 6.2832);
  over.stroke();
}
function nearest(x, y) {
  let best = -1, least = 144;                       // within 12 pixels
  for (let point = 0; point < count; point++) {
    const [px, py] = at(point), far = (px - x) ** 2 + (py - y) ** 2;
    // Of several at one place, the first that has a crop.
    const better = far < least
      || (far === least && best >= 0 && data.crop[best] < 0 && data.crop[point] >= 0);
    if (better) { best = point; least = far; }
  }
  return best;
}
function line(list, name, value) {
  const term = document.createElement('dt'), text = document.createElement('dd');
  term.textContent = name;
  text.textContent = value;
  list.append(term, text);
}
function describe() {
  const point = hovered >= 0 ? hovered : pinned, card = find('card');
  card.replaceChildren();
  if (point < 0) {
    card.className = 'quiet';
    card.textContent = 'Point at a specimen; a click keeps it here. Scroll to zoom, drag to move, '
      + 'double-click for the whole map.';
    return;
  }
  card.className = '';
  if (data.crop[point] >= 0) {
    const crop = document.createElement('div'), scale = 1.75, side = data.side * scale;
    const row = Math.floor(data.crop[point] / data.across), place = data.crop[point] % data.across;
    crop.id = 'crop';
    crop.setAttribute('role', 'img');
    crop.setAttribute('aria-label', 'crop of ' + data.id[point]);
    crop.style.cssText = `width:${side}px;height:${side}px;background-image:url(${sheet});`
      + `background-size:${data.across * side}px auto;`
      + `background-position:-${place * side}px -${row * side}px`;
    card.append(crop);
  } else if (sheet) {
    const text = document.createElement('p');
    text.className = 'quiet';
    text.textContent = 'no crop in this page';
    card.append(text);
  }
  const list = document.createElement('dl');
  line(list, 'specimen', data.id[point]);
  for (const { name, values, codes } of data.columns) {
    line(list, name, codes[point] < 0 ? '–' : values[codes[point]]);
  }
  let same = 0;
  for (let other = 0; other < count; other++) {
    same += data.x[other] === data.x[point] && data.y[other] === data.y[point];
  }
  if (same > 1) line(list, 'at this place', `${same} specimens`);
  card.append(list);
}
function legend() {
  const list = find('legend'), sums = new Map();
  for (const code of column.codes) sums.set(entry(code), (sums.get(entry(code)) || 0) + 1);
  const rest = column.values.length - data.colours.length;
  const names = new Map(column.values.slice(0, data.colours.length).entries());
  names.set(data.colours.length, `${rest.toLocaleString('en')} others`);
  names.set(-1, 'none');
  list.replaceChildren();
  for (const [key, name] of names) {
    if (!sums.get(key)) continue;
    const item = document.createElement('li'), button = document.createElement('button');
    const mark = document.createElement('i'), sum = document.createElement('b');
    mark.style.background = colour(key);
    sum.textContent = sums.get(key).toLocaleString('en');
    button.append(mark, name, sum);
    button.setAttribute('aria-pressed', chosen === key);
    button.onclick = () => { chosen = chosen === key ? null : key; legend(); draw(); };
    item.append(button);
    list.append(item);
  }
}
function search() {
  const text = find('search').value.trim().toLowerCase();
  found = new Set();
  if (text) {
    const held = data.columns.map(({ values }) =>
      new Set(values.flatMap((value, code) => value.toLowerCase().includes(text) ? [code] : [])));
    for (let point = 0; point < count; point++) {
      if (data.id[point].toLowerCase().includes(text)
        || data.columns.some(({ codes }, number) => held[number].has(codes[point]))) {
        found.add(point);
      }
    }
  }
  find('hits').textContent = text ? `${found.size.toLocaleString('en')} found` : '';
  mark();
}

for (const [number, { name }] of data.columns.entries()) {
  find('by').add(new Option(name, number));
}
find('by').onchange = () => {
  column = data.columns[find('by').value];
  chosen = null;
  legend();
  draw();
};
find('search').oninput = search;
let start = null;
canvas.onpointerdown = (event) => {
  canvas.setPointerCapture(event.pointerId);
  start = { x: event.offsetX, y: event.offsetY, left: zoomed.x, top: zoomed.y, moved: false };
};
canvas.onpointermove = (event) => {
  if (start) {
    const x = event.offsetX - start.x, y = event.offsetY - start.y;
    start.moved = start.moved || Math.hypot(x, y) > 3;
    zoomed.x = start.left + x;
    zoomed.y = start.top + y;
    draw();
    return;
  }
  const before = hovered;
  hovered = nearest(event.offsetX, event.offsetY);
  if (hovered !== before) { describe(); mark(); }
};
canvas.onpointerup = (event) => {
  if (start && !start.moved) pinned = nearest(event.offsetX, event.offsetY);
  start = null;
  describe();
  mark();
};
canvas.onpointerleave = () => { hovered = -1; describe(); mark(); };
canvas.onwheel = (event) => {
  event.preventDefault();
  const by = Math.exp(-event.deltaY / 500);
  zoomed.x = event.offsetX + (zoomed.x - event.offsetX) * by;
  zoomed.y = event.offsetY + (zoomed.y - event.offsetY) * by;
  zoomed.scale *= by;
  draw();
};
canvas.ondblclick = () => { fit(); draw(); };
fit();
legend();
describe();
resize();
new ResizeObserver(resize).observe(canvas);
"""

PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="icon" href="data:,">'
    f"<title>@@TITLE@@</title><style>{STYLE}</style></head><body>"
    "<header><h1>@@TITLE@@</h1><span>@@COUNT@@</span></header>"
    '<div id="map"><canvas id="points"></canvas>'
    '<canvas id="rings" role="img" aria-label="map of the specimens"></canvas></div>'
    '<aside><label>Colour by<select id="by"></select></label><ul id="legend"></ul>'
    '<label>Find a specimen, name or BIN<input id="search" type="search"></label>'
    '<p id="hits" class="quiet"></p><div id="card"></div></aside>'
    '<script type="text/plain" id="sheet">@@SHEET@@</script>'
    '<script type="application/json" id="data">@@DATA@@</script>'
    f"<script>{SCRIPT}</script></body></html>\n"
)
