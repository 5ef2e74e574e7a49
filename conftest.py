"""What pytest must not collect: scripts, built pages, and what needs an extra that is missing."""

from importlib.util import find_spec

collect_ignore_glob = ["docs/conf.py", "docs/examples/*", "docs/_build/*", "docs/api/generated/*"]

if find_spec("tensorflow") is None or find_spec("scikeras") is None:
    collect_ignore_glob += ["sktune/keras/*"]
    pages = ("coming_from_scikeras", "five_steps", "images", "keras")
    collect_ignore_glob += [f"docs/user_guide/{page}.md" for page in pages]
if find_spec("matplotlib") is None:
    collect_ignore_glob += ["sktune/inspection/_plot/*", "docs/user_guide/inspection.md"]
