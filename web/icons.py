"""Lucide icons, inlined so that they take the text's colour and need no request."""

from markupsafe import Markup, escape

from web.assets import AssetsMissing, read_built

_OPEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
)


def icon(name: str, class_: str = "", label: str = "") -> Markup:
    """The icon as SVG; decorative unless ``label`` says what it means."""
    shapes = read_built("icons.json")
    if name not in shapes:
        raise AssetsMissing(
            f"No built icon is called {name!r}: it must be a lucide name, quoted in a template or "
            "in web/*.py; then run `python -m web.build_assets`."
        )
    meaning = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    classes = escape(f"icon {class_}".strip())
    return Markup(f'{_OPEN} class="{classes}"{meaning}>{shapes[name]}</svg>')  # noqa: S704
