"""What a visitor does on the site of a collection."""

import re

from tests.service.page.visit import Visit


class SiteVisit(Visit):
    """One visit to a site on disk."""

    def open(
        self, width: int = 1280, height: int = 900, *, touch: bool = False, hash_: str = ""
    ) -> None:
        """Open the site afresh on a screen of this size, with what an address asks for."""
        self.take_screen(width, height, touch=touch)
        self.browser.get("about:blank")
        self.browser.get(f"{self.url}/index.html{hash_}")
        self.wait_for("body.ready #status")

    def ask(self, hash_: str) -> None:
        """Change the address of the page that is open."""
        self.run("location.hash = arguments[0]", hash_)

    def count(self) -> int:
        """Return how many pictures the page says there are."""
        found = re.match(r"[\d,]+", self.find("#status").text)
        assert found
        return int(found[0].replace(",", ""))

    def tick(self, value: str) -> None:
        """Choose a value, or take it back."""
        script = (
            "const all = [...document.querySelectorAll('#choice label')];"
            "all.find((label) => label.querySelector('.value').textContent === arguments[0])"
            ".querySelector('input').click()"
        )
        self.run(script, value)

    def title(self) -> str:
        """Return what the picture that is shown is called."""
        return str(self.run("return document.querySelector('#detail h2').textContent"))

    def correct(self, right: str) -> None:
        """Say that the picture that is shown is of another colour."""
        self.run(
            "const select = document.querySelector('#detail .answer select');"
            "select.value = arguments[0]; select.dispatchEvent(new Event('change'))",
            right,
        )
        self.until(lambda: self.find("#detail .answer .label").text == right.title())

    def hash(self) -> str:
        return str(self.run("return location.hash"))

    def focused(self, script: str) -> object:
        """Return something of the element that has the focus, called `node`."""
        return self.run(f"const node = document.activeElement; return {script}")
