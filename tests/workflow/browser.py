"""Reports as a browser shows them.

Chromium, without a window, opens a copy of a report in which a script opens every entry.
"""

import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

#: Shows every entry as its eye does, and every chapter, and writes what came of it into the page.
DRIVER = """
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
// A frame of a data URI is of another origin: that it loads is all that can be seen from here.
const loaded = new WeakSet();
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) {
    for (const frame of node.querySelectorAll ? [node, ...node.querySelectorAll("*")] : []) {
      if (frame.matches("iframe")) frame.addEventListener("load", () => loaded.add(frame));
    }
  }
}).observe(document, { childList: true, subtree: true });
const shown = async (path) => {
  new ToggleViewManager(app).handleSelectedResult(path);
  for (let tries = 0; tries < 200; tries += 1) {
    await pause(20);
    const frame = document.querySelector("iframe");
    if (frame && frame.src === results[path].data_uri && loaded.has(frame)) return "page";
    const image = document.querySelector("#app .p-3 > img");
    if (image && image.src === results[path].data_uri && image.complete) {
      return image.naturalWidth > 0 ? "picture" : "broken picture";
    }
  }
  return "not shown";
};
window.addEventListener("load", async () => {
  await pause(500);
  const found = { opening: {}, entries: {}, chapters: [] };
  const opening = document.querySelector(".overview");
  const graph = document.querySelector("#rulegraph");
  if (opening) {
    const { top, width, bottom } = opening.getBoundingClientRect();
    found.opening = { text: opening.innerText, top, width, bottom,
      graph: graph && graph.getBoundingClientRect().top,
      pictures: [...opening.querySelectorAll("img")].map((image) => image.naturalWidth),
      links: {} };
    for (const link of opening.querySelectorAll("a")) {
      link.click();
      await pause(20);
      found.opening.links[link.innerText] = app.state.resultPath || app.state.category;
      app.setState({ content: "rulegraph", navbarMode: "menu",
        resultPath: undefined, category: undefined });
      await pause(20);
    }
  }
  for (const category of Object.keys(categories)) {
    app.showCategory(category);
    await pause(20);
    found.chapters.push([category, document.querySelector("nav").innerText]);
  }
  for (const path of Object.keys(results)) { found.entries[path] = await shown(path); }
  const out = document.createElement("pre");
  out.id = "found";
  out.textContent = JSON.stringify(found);
  document.body.append(out);
});
"""

#: Without services of its own, so that every request is one of the report.
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--window-size=1400,1000",
)


#: The one message of Snakemake's report.
_TAILWIND = '"cdn.tailwindcss.com should not be used in production'


#: The origin of the browser's own requests in its log.
_BROWSER = "not an origin"


@dataclass(frozen=True)
class Seen:
    """What a browser saw of a report.

    Attributes:
        found: of DRIVER.
        messages: of the console, but the one that each report of Snakemake has.
        requests: addresses outside the report.
    """

    found: dict[str, Any]
    messages: list[str]
    requests: list[str]


def open_report(report: Path, folder: Path) -> Seen:
    """Open a report, and each of its entries.

    Args:
        folder: for the copy with the script, and the browser's own files.
    """
    page, network = folder / "driven.html", folder / "network.json"
    # The last, as pages within the report end like it.
    before, end, after = report.read_text().rpartition("</body>")
    page.write_text(f"{before}<script>{DRIVER}</script>{end}{after}")
    run = subprocess.run(
        [
            CHROMIUM,
            *_QUIET,
            f"--user-data-dir={folder / 'profile'}",
            f"--log-net-log={network}",
            "--enable-logging=stderr",
            "--virtual-time-budget=600000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    (written,) = re.findall(r'<pre id="found">(.*?)</pre>', run.stdout, re.DOTALL)
    # An exception that nothing catches is logged as a message of no importance.
    messages = re.findall(r"^\[[^\]]*:CONSOLE[^\]]*\] (.*)$", run.stderr, re.MULTILINE)
    messages = [message for message in messages if not message.startswith(_TAILWIND)]
    return Seen(json.loads(html.unescape(written)), messages, _requests(network))


def _requests(network: Path) -> list[str]:
    """The addresses that pages asked for, and not the browser itself, which has no origin."""
    events = json.loads(network.read_text())["events"]
    asked = (event.get("params", {}) for event in events)
    return sorted(
        params["url"]
        for params in asked
        if re.match("(http|ws|ftp)", str(params.get("url")))
        and params.get("initiator", _BROWSER) != _BROWSER
    )
