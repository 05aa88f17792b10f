"""Pages of images."""

from bioscan.core.pages import html_page


def test_a_title_is_text_and_a_body_is_html():
    page = html_page("A <b>", "p { color: red; }\n", "<p>C</p>")
    assert "<title>A &lt;b&gt;</title>" in page
    assert "<h1>A &lt;b&gt;</h1><p>C</p></body></html>\n" in page


def test_the_style_of_a_page_overrides_that_of_all():
    page = html_page("A", "p { max-width: none; }\n", "")
    assert page.index("p { max-width: 46rem") < page.index("p { max-width: none; }\n</style>")
