"""The report in a real browser: light and dark, narrow and wide, by keyboard, and printed."""

import shutil
import warnings

import pytest

from sktune.inspection import search_report
from sktune.inspection._report import make_report, read_source
from tests.inspection._records import uniform_record
from tests.inspection._searches import X, searches, y

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed (extra browser)"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH"),
]

SCREENS = [("light", 390), ("light", 1280), ("dark", 390), ("dark", 1280)]
KINDS = ["failing", "annealing"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, search in searches().items():
        if name not in KINDS:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        path = folder / f"{name.replace(' ', '_')}.html"
        report = search_report(search, path)
        found[name] = path, report
    return found


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens a page offline; fails if it says anything on the console or asks for anything."""
    contexts, said, asked = [], [], []

    def open_it(path, scheme="light", width=1280):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert said == []
    assert len(asked) == len([url for url in asked if url.endswith(".html")])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme, width", SCREENS)
def test_every_screen(pages, open_page, kind, scheme, width):
    page = open_page(pages[kind][0], scheme, width)
    sizes = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert sizes[0] <= sizes[1]
    for section in page.locator("section").all():
        assert section.inner_text().strip()
    colors = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colors[0] != colors[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_serious(pages, open_page, kind, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(open_page(pages[kind][0], scheme)).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def column(page, place):
    return page.locator(f"#table tbody tr td:nth-child({place + 1})").all_inner_texts()


def top(page):
    """Where on the screen the table begins."""
    return page.locator("#table").evaluate("table => table.getBoundingClientRect().top")


def test_sorting_and_filtering(pages, open_page):
    path, report = pages["annealing"]
    page = open_page(path)
    n = report.data["summary"]["n_candidates"]
    assert column(page, 0) == [str(row) for row in report.data["candidates"]["order"]]
    button = page.locator("#table th button").nth(0)
    button.click()
    assert column(page, 0) == [str(n - 1 - row) for row in range(n)]
    button.click()
    assert column(page, 0) == [str(row) for row in range(n)]
    assert page.locator("#table th").nth(0).get_attribute("aria-sort") == "ascending"
    page.fill("#filter", "fit_intercept=true C>0.1")
    columns = report.data["candidates"]["params"]
    wanted = [
        row for row in range(n) if columns["fit_intercept"][row] is True and columns["C"][row] > 0.1
    ]
    assert sorted(map(int, column(page, 0))) == wanted
    assert page.locator("#page").inner_text() == f"1 to {len(wanted)} of {len(wanted)}"
    page.fill("#filter", "nothing has this")
    assert page.locator("#page").inner_text() == "none"


def test_pages_of_a_long_table(open_page, tmp_path):
    path = tmp_path / "long.html"
    search_report(uniform_record(lambda p: p[:, 0], 1, 120), path)
    page = open_page(path)
    assert page.locator("#page").inner_text() == "1 to 50 of 120"
    assert page.locator("#before").is_disabled()
    page.click("#next")
    page.click("#next")
    assert page.locator("#page").inner_text() == "101 to 120 of 120"
    assert len(column(page, 0)) == 20
    assert page.locator("#next").is_disabled()


def test_the_keyboard_reaches_everything(pages, open_page):
    page = open_page(pages["failing"][0])
    wanted = page.locator("a, button:not([disabled]), input, summary, [tabindex='0']").count()
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        )
    assert len(seen) >= wanted
    button = page.locator("#table th button").nth(0)
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#table th").nth(0).get_attribute("aria-sort") == "descending"


def test_printing_gives_all_sections(pages, open_page):
    page = open_page(pages["failing"][0])
    assert page.pdf()[:5] == b"%PDF-"
    page.emulate_media(media="print")
    for section in page.locator("section").all():
        assert section.is_visible()
    assert not page.locator("nav").is_visible()


def test_a_page_that_reloads_keeps_its_place(pages, open_page, tmp_path):
    source = read_source(uniform_record(lambda p: p[:, 0], 1, 60))
    path = tmp_path / "watched.html"
    path.write_text(make_report(source, watch=5.0).html, "utf-8")
    page = open_page(path, width=390)
    page.locator("#table th button").nth(0).click()
    page.evaluate("window.scrollTo(0, 700)")
    first, place = column(page, 0), top(page)
    with page.expect_navigation():
        path.write_text(make_report(source).html, "utf-8")
    page.wait_for_load_state()
    assert column(page, 0) == first
    # The age of the page, above, may take one line more or less.
    assert abs(top(page) - place) < 30
    assert "second" in page.locator("#age").inner_text()
    # The search has ended: the page stays.
    page.evaluate("window.stays = true")
    page.wait_for_timeout(900)
    assert page.evaluate("window.stays")


def test_without_javascript(pages, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["annealing"][0].as_uri())
    n = pages["annealing"][1].data["summary"]["n_candidates"]
    assert page.locator("#table tbody tr").count() == n
    assert not page.locator(".controls").is_visible()
    context.close()
