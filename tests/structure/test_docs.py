"""The pages written from the code say what the code says."""

from fondaco.interfaces.cli.documenting import PAGE, page, refusals


def test_the_page_of_refusals_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "bring it up to date with './fondaco docs'"


def test_every_refusal_stands_on_the_page():
    written = page()
    for refusal in refusals():
        assert f"| `{refusal.code}` | {refusal.status} |" in written, refusal
