"""The page, used in Chromium as people use it."""

import threading

import httpx2
import pytest
import uvicorn
from service_fakes import until

from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.service.app import create_app
from vnlp_colab.service.models import Models
from vnlp_colab.service.settings import Settings

pytestmark = pytest.mark.slow

SENTENCE = "Ayşe dün İstanbul'da yeni bir kitap aldı."


@pytest.fixture(scope="module")
def address():
    settings = Settings(models=("context", "pos:TreeStackPoS"), max_characters=2000, max_tokens=600, max_texts=50)

    def pipeline(choice):  # the other tagger is there to be chosen, and its weights are not bundled
        return VNLPipeline([name.replace("TreeStackPoS", "ContextPoS") for name in choice], progress=False)

    application = create_app(settings, Models(settings, pipeline))
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, 60)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    until(lambda: httpx2.get(f"{address}/readyz", timeout=60).status_code == 200, 60)
    yield address
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def page(browser, address):
    """The page, opened; what it asks for elsewhere or complains of fails the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    found = context.new_page()
    asked, said = [], []
    found.on("request", lambda request: asked.append(request.url))
    found.on("pageerror", lambda error: said.append(str(error)))
    found.on("console", lambda message: said.append(message.text) if "Content Security" in message.text else None)
    found.goto(address)
    found.locator("#models input").first.wait_for()
    yield found
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(address)] == []


def analyse(page, text):
    page.get_by_label("Turkish text").fill(text)
    page.get_by_role("button", name="Analyse").click()


def arcs(page):
    return page.locator("article svg .label").all_inner_texts()


def test_a_text_becomes_tokens_a_tree_and_entities(page):
    analyse(page, SENTENCE)
    page.locator("article svg").wait_for()
    tokens = page.locator("td.token").all_inner_texts()
    assert tokens == ["Ayşe", "dün", "İstanbul'da", "yeni", "bir", "kitap", "aldı", "."]
    assert page.locator("svg .word").all_text_contents() == tokens
    labels = page.locator("svg .label").all_text_contents()
    assert "root" in labels and "nsubj" in labels and len(labels) == len(tokens)
    marks = page.locator("mark")
    assert marks.evaluate_all("all => all.map(one => [one.firstChild.textContent, one.dataset.label])") == [
        ["Ayşe", "PER"],
        ["İstanbul'da", "LOC"],
    ]
    assert page.locator("#status").inner_text() == "1 sentence, 8 tokens."
    assert page.locator("tbody tr").nth(2).locator("td").nth(2).inner_text() == "İstanbul"
    assert "nsubj of aldı" in page.locator("svg title").text_content()


def test_sentences_are_split(page):
    analyse(page, "Kar yağdı. Yollar kapandı!\nOkullar tatil.")
    page.locator("article").nth(2).wait_for()
    assert page.locator("article h2").all_inner_texts() == [f"Sentence {number} of 3" for number in (1, 2, 3)]


def test_the_keyboard_is_enough(page):
    page.get_by_label("Turkish text").focus()
    page.keyboard.type("Kar yağdı.")
    page.keyboard.press("Control+Enter")
    page.locator("article svg").wait_for()
    seen = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"run", "example", "copy-conllu", "copy-json", "copy-link", "tree"} <= seen


def test_the_button_keeps_the_focus(page):
    page.get_by_label("Turkish text").fill("Kar yağdı.")
    page.get_by_role("button", name="Analyse").focus()
    page.keyboard.press("Enter")
    page.locator("article svg").wait_for()
    assert page.evaluate("document.activeElement.id") == "run"
    assert page.locator("#run").get_attribute("aria-disabled") is None


def test_skipping_to_the_results_loses_nothing(page):
    analyse(page, SENTENCE)
    page.locator("article").wait_for()
    for focused in ("results", "text"):
        page.locator(".skip").focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert page.evaluate("document.activeElement.id") == focused
        assert page.get_by_label("Turkish text").input_value() == SENTENCE
        assert page.locator("article").count() == 1
        page.evaluate("document.getElementById('results').hidden = true")
    page.evaluate("location.hash = 'results'")
    page.wait_for_timeout(200)
    assert page.get_by_label("Turkish text").input_value() == SENTENCE


def test_more_sentences_than_a_request_may_bring_go_in_several(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/v1/annotate") else None)
    analyse(page, "Ev. " * 120)
    page.locator("article").nth(119).wait_for()
    assert len(asked) == 3
    assert page.locator("#status").inner_text() == "120 sentences, 240 tokens."
    assert page.locator("#count").inner_text() == "480 characters of 2,000"
    page.get_by_role("button", name="Copy CoNLL-U").click()
    page.get_by_text("copied.").wait_for()
    conllu = page.evaluate("navigator.clipboard.readText()")
    ids = [line.rpartition(" ")[2] for line in conllu.splitlines() if line.startswith("# sent_id")]
    assert ids == [str(number) for number in range(1, 121)]


def test_models_are_switched_off_and_exchanged(page):
    page.get_by_label("Tree", exact=True).uncheck()
    page.get_by_label("Entities").uncheck()
    page.get_by_label("Model: Parts of speech").select_option("TreeStackPoS")
    with page.expect_request("**/v1/annotate") as asked:
        analyse(page, SENTENCE)
    assert asked.value.post_data_json["models"] == ["pos:TreeStackPoS", "feats", "lemma"]
    page.locator("article").wait_for()
    assert page.locator("svg").count() == page.locator("mark").count() == 0
    assert page.locator("thead th").all_inner_texts() == ["#", "Token", "Lemma", "UPOS", "Features"]


def test_a_text_is_never_markup(page):
    hostile = "<img src=x onerror=\"document.title='broken'\"> <script>document.title='broken'</script> & <b>Ali</b>"
    analyse(page, hostile)
    page.locator("article").first.wait_for()
    shown = "".join(page.locator("article .text").all_text_contents())
    assert "<script>" in shown and "onerror" in shown
    assert page.locator("#sentences img, #sentences script, #sentences b").count() == 0
    assert page.title() != "broken"


def test_offsets_hold_behind_emoji(page):
    analyse(page, "😀😀 Ayşe geldi.")
    page.locator("mark").wait_for()
    assert page.locator("mark").first.evaluate("one => one.firstChild.textContent") == "Ayşe"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type or paste"),
        ("  \n", "Type or paste"),
        ("uzun " * 500, "2,500 characters, and this service takes 2,000 at once"),
        ("Kısa. " + ", " * 700, "A sentence is too long (701 tokens, and 600 are allowed)"),
    ],
)
def test_what_is_wrong_is_said(page, text, said):
    analyse(page, text)
    page.get_by_role("alert").wait_for()
    assert said in page.get_by_role("alert").inner_text()
    assert "body" not in page.get_by_role("alert").inner_text()
    assert page.locator("#status").inner_text() == ""
    assert not page.locator("#results").is_visible()
    analyse(page, "Ali geldi.")
    page.locator("article").wait_for()
    assert not page.get_by_role("alert").is_visible()


def test_no_models_are_said_to_be_too_few(page):
    for box in page.locator("#models input").all():
        box.uncheck()
    analyse(page, "Ali geldi.")
    assert "at least one" in page.get_by_role("alert").inner_text()


def test_a_service_that_is_gone_is_said_to_be(page):
    page.route("**/v1/split", lambda route: route.abort())
    analyse(page, "Ali geldi.")
    page.get_by_role("alert").wait_for()
    assert "does not answer" in page.get_by_role("alert").inner_text()


def test_it_is_copied_as_conllu_and_json_and_link(page, browser):
    analyse(page, SENTENCE)
    page.locator("article").wait_for()

    def copied(button):
        page.get_by_role("button", name=button).click()
        page.get_by_text("copied.").wait_for()
        found = page.evaluate("navigator.clipboard.readText()")
        page.evaluate("document.getElementById('status').textContent = ''")
        return found

    conllu = copied("Copy CoNLL-U")
    assert conllu.startswith("# sent_id = 1\n# text = Ayşe dün") and conllu.count("\n") == 11
    assert '"tokens"' in copied("Copy JSON")
    other = browser.new_page()
    other.goto(copied("Copy link"))
    other.locator("article svg").wait_for()
    assert other.get_by_label("Turkish text").input_value() == SENTENCE
    other.close()


def test_without_a_clipboard_the_copy_is_shown(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    analyse(page, SENTENCE)
    page.locator("article").wait_for()
    page.get_by_role("button", name="Copy JSON").click()
    page.locator("#copied").wait_for()
    assert '"tokens"' in page.locator("#copied").input_value()


def test_an_example_is_two_keys_away(page):
    page.get_by_label("Example").select_option(index=2)
    page.locator("article svg").wait_for()
    assert "Atatürk" in page.get_by_label("Turkish text").input_value()


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    analyse(page, "Türkiye Büyük Millet Meclisi 23 Nisan 1920'de Ankara'da açıldı. Güzel bir " + "a" * 80 + " geldi.")
    page.locator("article svg").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tree = page.locator(".tree").first
    assert tree.evaluate("one => one.scrollWidth > one.clientWidth")  # the tree scrolls, the page does not
    assert page.locator('td[data-name="Head"]', has_text="a" * 80).count()
    for table in page.locator(".table").all():
        assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
    sizes = page.locator("button").evaluate_all("all => all.filter(b => b.offsetHeight).map(b => b.offsetHeight)")
    assert min(sizes) >= 32


@pytest.mark.parametrize("width", [1280, 900, 390])
def test_features_and_analyses_share_the_width(page, width):
    analysis = "çevre+Noun+A3sg+P3sg+Loc^DB+Adj+Rel^DB+Noun+Zero+A3pl+Pnon+Nom"

    def add_analyses(route):  # as the stemmer would, whose weights are not bundled
        answer = route.fetch()
        found = answer.json()
        for sentence in found["sentences"]:
            sentence["morph"] = [analysis for _ in sentence["tokens"]]
        route.fulfill(response=answer, json=found)

    page.route("**/v1/annotate", add_analyses)
    page.set_viewport_size({"width": width, "height": 900})
    analyse(page, "Öğrendiklerinin çoğunun yanlış olduğunu bilmiyorlardı.")
    page.locator("article svg").wait_for()
    chips = page.locator(".chips").evaluate_all("all => all.map(one => [...one.children].map(chip => chip.offsetTop))")
    assert max(map(len, chips)) > 3
    for tops in chips:  # two on a line where there are many
        assert len(set(tops)) < max(len(tops), 2)
    assert set(page.locator("td .analysis").all_text_contents()) == {analysis}
    # Nothing but the box of the table scrolls, and it need not on a wide page, nor on a phone.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width != 900:
        assert page.locator(".table").evaluate("one => one.scrollWidth <= one.clientWidth")
    lines = page.locator("td .analysis").evaluate_all("all => all.map(one => one.getClientRects()[0].height)")
    assert max(lines) < 130


def test_the_documentation_works_without_network(page, address):
    page.goto(f"{address}/docs")
    page.get_by_text("/v1/annotate/stream").first.wait_for()
