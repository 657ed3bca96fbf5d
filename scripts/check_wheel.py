"""Build the sdist and from it the wheel, install the wheel where no source is in reach, and try it.

The wheel has to hold every provider folder and every data file of the checkout and nothing else of
theirs, and its command has to answer from another directory. Dependencies are those of the
interpreter that runs this, so that nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "paycompare"
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

LOOK = """
import json, pathlib, paycompare, paycompare.providers
folder = pathlib.Path(paycompare.__file__).parent
print(json.dumps({
    "folder": str(folder),
    "providers": [str(pathlib.Path(place)) for place in paycompare.providers.__path__],
    "files": sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()),
}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without the environment's Python paths and return what it printed, or exit with it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(into: Path) -> tuple[Path, Path]:
    """Build both distributions, the wheel from the unpacked sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", into, ROOT, cwd=into)
    (sdist,), (wheel,) = into.glob("*.tar.gz"), into.glob("*.whl")
    return sdist, wheel


def install(wheel: Path, into: Path) -> Path:
    """Install the wheel into a new environment that borrows the dependencies, and return its programs."""
    venv.create(into, with_pip=False)
    paths = sysconfig.get_paths(vars={"base": str(into), "platbase": str(into)})
    site, programs = Path(paths["purelib"]), Path(paths["scripts"])
    run(
        *(sys.executable, "-m", "pip", "--python", programs / "python"),
        *("install", "--quiet", "--no-deps", "--no-index", wheel),
        cwd=into,
    )
    # A directory named in a .pth file has its own .pth files left unread: the editable install stays out.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return programs


def expected() -> set[str]:
    """Return the files that the installed package has to hold, relative to it."""
    own = {path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file()}
    folders = {
        path.relative_to(ROOT)
        for path in (ROOT / "providers").rglob("*")
        if path.suffix in {".toml", ".py"} and "samples" not in path.parts
    }
    return {path.as_posix() for path in own | folders if "__pycache__" not in path.parts}


def differences(found: set[str], wanted: set[str]) -> list[str]:
    """Return one line per file that is missing or too many.

    Example:
        >>> differences({"a", "b"}, {"b", "c"})
        ['missing: c', 'too many: a']
    """
    missing = [f"missing: {name}" for name in sorted(wanted - found)]
    return missing + [f"too many: {name}" for name in sorted(found - wanted)]


def check_sdist(sdist: Path) -> list[str]:
    """Return what the sdist lacks of the provider folders and the tests, samples included."""
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for part in ("providers", "tests")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return [f"the sdist lacks {name}" for name in sorted(wanted - held)]


def check_installed(programs: Path, away: Path) -> list[str]:
    """Return what is wrong with the installed package, asked from a directory away from the sources."""
    seen = json.loads(run(programs / "python", "-I", "-c", LOOK, cwd=away))
    if not Path(seen["folder"]).is_relative_to(programs.parent):
        return [f"the package was found in {seen['folder']}, not in the new environment"]
    faults = differences({name for name in seen["files"] if not name.endswith(".pyc")}, expected())
    if len(seen["providers"]) != 1:
        faults.append(f"providers are read from {seen['providers']}, not from the wheel alone")
    stated = run(programs / "paycompare", "--version", cwd=away).strip()
    if stated != f"paycompare {VERSION}":
        faults.append(f"paycompare --version printed {stated!r}, not 'paycompare {VERSION}'")
    return faults


def smoke(programs: Path, away: Path) -> None:
    """Ask the installed command for its providers and one comparison, or exit with what it said."""
    run(programs / "paycompare", "providers", cwd=away)
    run(programs / "paycompare", "compare", "1000 GBP", "--to", "IN", "--at", "2026-10-30", cwd=away)


def main() -> None:
    """Build, install, compare, try."""
    with tempfile.TemporaryDirectory() as scratch:
        away = Path(scratch).resolve()
        sdist, wheel = build(away)
        programs = install(wheel, away / "environment")
        faults = check_sdist(sdist) + check_installed(programs, away)
        if faults:
            sys.exit("\n".join(faults))
        smoke(programs, away)
        print(f"{wheel.name} and {sdist.name} hold {len(expected())} files of the package and work alone")


if __name__ == "__main__":
    main()
