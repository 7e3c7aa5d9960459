"""`python -m clinic.brand_images`: draw the picture for shared links, and the icons, from the brand's SVGs.

They stand in the repository, since nothing in production can draw them.
"""

import re
import struct

from playwright.sync_api import Browser, sync_playwright

from clinic.run import ROOT
from clinic.tests.chromium import FLAGS, find_chromium

STATIC = ROOT / "clinic" / "static" / "clinic"
MARK = (STATIC / "mark.svg").read_text()
# Width and height that social networks ask for, and the sides of the icons.
SHARED = (1200, 630)
TOUCH, ICON = 180, 32


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        (STATIC / "share.png").write_bytes(draw(browser, lay_out_shared(), *SHARED))
        (STATIC / "touch-icon.png").write_bytes(draw(browser, lay_out_icon(), TOUCH, TOUCH))
        (STATIC / "favicon.ico").write_bytes(wrap(draw(browser, lay_out_icon(), ICON, ICON), side=ICON))
        browser.close()


def draw(browser: Browser, body: str, width: int, height: int) -> bytes:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>*{{margin:0}}svg{{display:block}}</style>{body}")
    picture = page.screenshot(omit_background=True)
    page.close()
    return picture


def lay_out_shared() -> str:
    """The trace that settles, on the ground of the home page; no words, so that it fits every language."""
    template = (ROOT / "templates" / "includes" / "trace.html").read_text()
    found = re.search(r'name == "hero" %}(<defs>.*?</defs>\s*<path[^>]*/>)', template, re.DOTALL)
    assert found is not None
    trace = found[1].replace("<path ", '<path fill="none" stroke="url(#settle)" stroke-width="4" ')
    return (
        '<div style="width:1200px;height:630px;background:#0f3226;position:relative">'
        f'<div style="position:absolute;left:72px;top:72px;width:120px">{MARK}</div>'
        '<svg viewBox="0 0 1200 160" preserveAspectRatio="none" '
        f'style="position:absolute;left:0;top:250px;width:1200px;height:240px">{trace}</svg></div>'
    )


def lay_out_icon() -> str:
    return MARK.replace("<svg ", '<svg width="100%" height="100%" ', 1)


def wrap(png: bytes, *, side: int) -> bytes:
    """Return an .ico with the one picture: a directory of one entry, then the PNG as it is."""
    header = struct.pack("<HHH", 0, 1, 1)
    entry = struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), len(header) + 16)
    return header + entry + png


if __name__ == "__main__":
    main()
