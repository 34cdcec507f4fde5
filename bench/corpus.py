"""Probes every recording of a folder and tells how long it took; with a scorer beside it, how well it was understood.

    python bench/corpus.py FOLDER [--reports DIR] [--processes 2] [--only TEXT]

FOLDER holds `snmpsim/*.snmprec` and, optionally, `unlabelled/*.snmprec`, `data/*.json`, `variants.txt`, and a scorer
`../score/score.py` or `score/score.py`. Nothing of it is kept. Where FOLDER is absent the script says so and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nms.collect.catalogue import Catalogue
from nms.collect.recording import Recording
from nms.collect.report import report
from nms.transports.errors import TransportError

ROOT = Path(__file__).parent.parent
_catalogues: list[Catalogue] = []


def probe(job: tuple[str, str]) -> tuple[str, float, str]:
    """(name, CPU seconds, what went wrong) of one recording; writes its report as JSON."""
    source, target = Path(job[0]), Path(job[1])
    if not _catalogues:
        _catalogues.append(Catalogue.load(ROOT / "collectors"))
    start = time.process_time()
    try:
        made = asyncio.run(report(_catalogues[0], Recording.open(source)))
        target.write_text(json.dumps(made.as_dict()), encoding="utf-8")
        trouble = "; ".join(made.problems)
    except TransportError as error:
        trouble = f"(not a device) {error}"
    except Exception as error:  # the benchmark reports crashes instead of stopping at the first
        trouble = f"CRASH {type(error).__name__}: {error}"
    return source.stem, time.process_time() - start, trouble


def main() -> int:
    options = _options()
    folder = Path(options.folder)
    if not (folder / "snmpsim").is_dir():
        print(f"{folder}/snmpsim is absent: nothing to measure")
        return 0
    problems = Catalogue.load(ROOT / "collectors").problems
    for problem in problems:
        print(f"{problem.file}:{problem.line}: {problem.message.template.format(**problem.message.params)}")
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(options.reports or scratch)
        labelled, other = target / "labelled", target / "unlabelled"
        for path in (labelled, other):
            path.mkdir(parents=True, exist_ok=True)
        jobs = [(str(p), str(labelled / f"{p.stem}.json")) for p in _recordings(folder / "snmpsim", options.only)]
        if not options.labelled:
            jobs += [(str(p), str(other / f"{p.stem}.json")) for p in _recordings(folder / "unlabelled", options.only)]
        with ProcessPoolExecutor(options.processes) as pool:
            _tell(list(pool.map(probe, jobs, chunksize=4)))
        _score(folder, labelled, options)
    return 0


def _recordings(folder: Path, only: str) -> list[Path]:
    return sorted(path for path in folder.glob("*.snmprec") if only in path.stem)


def _tell(results: list[tuple[str, float, str]]) -> None:
    slowest = sorted(results, key=lambda result: -result[1])[:3]
    print(f"{len(results)} recordings, {sum(r[1] for r in results):.1f} CPU s;", end=" ")
    print("slowest:", ", ".join(f"{name} {seconds:.2f} s" for name, seconds, _ in slowest))
    for name, _, trouble in results:
        if trouble:
            print(f"  {name}: {trouble}")


def _score(folder: Path, reports: Path, options: argparse.Namespace) -> None:
    scorer = next(
        (p for p in (folder.parent / "score" / "score.py", folder / "score" / "score.py") if p.exists()), None
    )
    if scorer is None:
        print("no scorer beside the recordings: only speed and crashes were measured")
        return
    command = [sys.executable, str(scorer), "dir", "--expected", str(folder / "data"), "--neutral", str(reports)]
    command += ["--snmprec", str(folder / "snmpsim"), "--missing-as-empty", "--worst", str(options.worst)]
    command += ["--json", str(reports.parent / "score.json")]
    if not options.only and (folder / "variants.txt").exists():
        command += ["--list", str(folder / "variants.txt")]
    subprocess.run(command, check=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--reports", help="keep the reports here")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="recordings whose name contains this")
    parser.add_argument("--labelled", action="store_true", help="leave out the unlabelled recordings")
    parser.add_argument("--worst", type=int, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
