"""What pytest must not collect: scripts, built pages, and what needs an extra that is missing."""

from importlib.util import find_spec

collect_ignore_glob = ["docs/conf.py", "docs/examples/*", "docs/_build/*", "docs/api/generated/*"]
collect_ignore_glob += ["docs/gallery/*", "docs/auto_gallery/*"]

if find_spec("tensorflow") is None or find_spec("scikeras") is None:
    collect_ignore_glob += ["sktune/keras/*"]
    pages = ("coming_from_scikeras", "five_steps", "images", "keras")
    collect_ignore_glob += [f"docs/user_guide/{page}.md" for page in pages]
if find_spec("matplotlib") is None:
    pages = ("inspection", "explaining", "reading_results")
    collect_ignore_glob += ["sktune/inspection/_plot/*"]
    collect_ignore_glob += [f"docs/user_guide/{page}.md" for page in pages]
