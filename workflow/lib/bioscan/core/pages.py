"""What the pages of images have in common."""

from html import escape

#: Paper, ink and headings; a page adds its own width and parts.
_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; background: #fbfaf7; color: #2b2a27;
  font: 15px/1.45 Georgia, "Times New Roman", serif; }
h1 { font-size: 1.5rem; font-weight: normal; margin: 0 0 .75rem; }
h2 { font-size: 1.2rem; font-weight: normal; margin: 2rem 0 .25rem; padding-top: 1rem;
  border-top: 1px solid #d9d5cb; }
p { max-width: 46rem; margin: 0 0 .75rem; }
"""


def html_page(title: str, style: str, body: str) -> str:
    """An HTML page that needs no other file.

    Args:
        title: its heading too, as text.
        style: CSS beside that of all pages, which it may override.
        body: HTML below the heading.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}</body></html>\n"
    )
