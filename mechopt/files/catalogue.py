"""The problems that come with mechopt: ``problems/AUTHOR-YEAR/NAME.toml``, by name."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from mechopt.files.document import read_toml_or_json

__all__ = ["Entry", "catalogue", "catalogue_file", "catalogue_root", "near_names"]


@dataclass(frozen=True)
class Entry:
    """A problem of the catalogue.

    Attributes
    ----------
    name : str
        ``"author-year/name"``: what `load` takes.
    title, source : str
        From the file.
    path : Path
    """

    name: str
    title: str
    source: str
    path: Path


def catalogue_root() -> Path | None:
    """Return the directory of the catalogue: inside the installed package, or next to it in a checkout."""
    package = Path(str(files("mechopt")))
    for root in (package / "problems", package.parent / "problems"):
        if root.is_dir():
            return root
    return None


def catalogue_files() -> dict[str, Path]:
    """Return the files of the catalogue by name, in alphabetical order."""
    root = catalogue_root()
    found = root.glob("*/*.toml") if root is not None else []
    return dict(sorted((f"{path.parent.name}/{path.stem}", path) for path in found))


def catalogue() -> list[Entry]:
    """Return all problems of the catalogue.

    Examples
    --------
    >>> "myerson-satterthwaite-1983/uniform-6" in [entry.name for entry in catalogue()]
    True
    """
    entries = []
    for name, path in catalogue_files().items():
        document = read_toml_or_json(path)
        entries.append(Entry(name, str(document.get("name", "")), str(document.get("source", "")), path))
    return entries


def catalogue_file(name: str) -> Path | None:
    """Return the file of a problem of the catalogue, or None; ``problems/`` in front and ``.toml`` behind do no harm."""
    return catalogue_files().get(name.removeprefix("problems/").removesuffix(".toml"))


def near_names(name: str) -> list[str]:
    """Return up to three names of the catalogue that contain `name`, or resemble it as a whole or in its last part.

    Examples
    --------
    >>> near_names("uniform6")[0]
    'myerson-satterthwaite-1983/uniform-6'
    """
    names = list(catalogue_files())
    wanted = name.removeprefix("problems/").removesuffix(".toml")
    inside = [known for known in names if wanted.strip("/").lower() in known] if wanted.strip("/") else []
    whole = get_close_matches(wanted, names, n=3, cutoff=0.6)
    stem = Path(wanted).name
    stems = list(dict.fromkeys(get_close_matches(stem, [known.split("/")[1] for known in names], n=3, cutoff=0.6)))
    last = [known for match in stems for known in names if known.split("/")[1] == match]
    return list(dict.fromkeys([*inside, *whole, *last]))[:3]
