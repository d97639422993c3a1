"""The plan's page in a real browser: nothing overlaps, nothing is cut off, on a wide screen and on a phone, light and dark."""

import json
import re
import subprocess
import sys
from html import unescape

import pytest

from tests.docs.blocks import ROOT
from tests.support.debian import program

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium-headless-shell"

LOOK = """
<script>
addEventListener("load", () => {
  const box = e => e.getBoundingClientRect();
  const seen = [...document.querySelectorAll(".zone, .subnet, .outside > .box, .chips > li, h2, .facts > div")];
  const overlaps = [], narrow = [];
  for (const [at, one] of seen.entries()) for (const other of seen.slice(at + 1)) {
    if (one.contains(other) || other.contains(one)) continue;
    const a = box(one), b = box(other);
    if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom)
      overlaps.push([one.innerText, other.innerText]);
  }
  for (const each of document.querySelectorAll(".box, .subnet, .chips > li, td, .facts > div"))
    if (each.scrollWidth > each.clientWidth + 1) narrow.push(each.innerText);
  const parse = colour => colour.match(/[0-9.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parse(colour).map(part => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (parse(colour).length < 4) return colour;
    }
  };
  const faint = [...document.querySelectorAll("h1, h2, h3, td, th, p, strong, dd, dt, .soft, li")].filter(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  }).map(e => e.innerText);
  const ranges = [...document.querySelectorAll("p.range")].filter(e => box(e).width > 0).map(e => e.innerText);
  document.body.innerHTML = "<pre id=found>" + JSON.stringify({
    overlaps, narrow, faint, ranges, page: document.documentElement.scrollWidth, screen: innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
  }).replaceAll("&", "&amp;").replaceAll("<", "&lt;") + "</pre>";
});
</script>
"""
"""A script of the test, not of the page. It measures the page as laid out, and puts what it found in the page's place."""


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium: one on PATH, or Debian's package, installed where this user may."""
    return program(PACKAGE, *BROWSERS)


@pytest.fixture(scope="module", params=["dev", "prod"])
def page(request, tmp_path_factory):
    """The page of a stack, with the changes of a preview."""
    folder = tmp_path_factory.mktemp("page")
    urn = (
        "urn:pulumi:x::p::dualstack:index:WorkerPool$aws:ec2/launchTemplate:LaunchTemplate::general"
    )
    steps = [{"op": "replace", "urn": urn, "replaceReasons": ["userData", "tagSpecifications"]}]
    (folder / "preview.json").write_text(json.dumps({"changeSummary": {}, "steps": steps}))
    command = [sys.executable, "-m", "components", "plan", f"stacks/Pulumi.{request.param}.yaml"]
    options = ["--format", "html", "--preview", str(folder / "preview.json")]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_readable(browser, page, tmp_path, width, scheme):
    file = tmp_path / "plan.html"
    file.write_text(page.replace("</body>", f"{LOOK}</body>"))

    dom = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"),
            f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
            *("--dump-dom", file.as_uri()),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (text,) = re.findall(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    found = json.loads(unescape(text))

    assert found["screen"] == width
    assert found["dark"] is (scheme == "dark")
    assert found["overlaps"] == []
    assert found["narrow"] == []
    assert found["faint"] == []
    assert found["page"] <= width
    assert len(found["ranges"]) >= 8
