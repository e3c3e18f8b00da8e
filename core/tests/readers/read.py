"""Reads every format that Earmark writes with what knows nothing of Earmark, and prints what is in it as JSON.

Standard library: csv, json, sqlite3, and RIFF chunks by struct. With `--all` also pandas and soundfile, which then must agree.
"""

import csv
import io
import json
import pathlib
import sqlite3
import struct
import sys

folder, with_all = pathlib.Path(sys.argv[1]), "--all" in sys.argv[2:]
if with_all:
    import pandas
    import soundfile


def text(name):
    return (folder / name).read_bytes().decode("utf-8", errors="strict")


def rows(name, **dialect):
    found = list(csv.reader(io.StringIO(text(name), newline=""), strict=True, **dialect))
    assert len({len(row) for row in found}) == 1, f"{name}: rows of different lengths"
    return found


def records(name, **dialect):
    header, *found = rows(name, **dialect)
    assert len(set(header)) == len(header), f"{name}: a column twice"
    return [dict(zip(header, row, strict=True)) for row in found]


def frame(name, expected, **options):
    """What pandas makes of a table, beside what `csv` makes of it."""
    if not with_all:
        return
    table = pandas.read_csv(folder / name, dtype=str, keep_default_na=False, **options)
    assert table.to_dict("records") == expected, f"{name}: pandas and csv differ"


def chunks(path):
    """The chunks of a RIFF file, by name; sizes must fill the file exactly."""
    bytes_ = path.read_bytes()
    kind, size, form = struct.unpack_from("<4sI4s", bytes_)
    assert (kind, form, size) == (b"RIFF", b"WAVE", len(bytes_) - 8), f"{path}: {kind} {form} {size}"
    found, at = {}, 12
    while at < len(bytes_):
        name, size = struct.unpack_from("<4sI", bytes_, at)
        assert at + 8 + size <= len(bytes_), f"{path}: {name} reaches past the end"
        found.setdefault(name.decode("ascii"), []).append(bytes_[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found


def sound(path):
    """Format, channels, rate and samples of a WAV file, as floats."""
    found = chunks(path)
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", found["fmt "][0])
    if kind == 0xFFFE:
        (kind,) = struct.unpack_from("<H", found["fmt "][0], 24)
    data = found["data"][0]
    if (kind, bits) == (3, 32):
        samples = list(struct.unpack(f"<{len(data) // 4}f", data))
    else:
        assert (kind, bits) == (1, 16), f"{path}: format {kind} with {bits} bits"
        samples = [value / 32768 for value in struct.unpack(f"<{len(data) // 2}h", data)]
    if with_all:
        info = soundfile.info(str(path))
        assert info.subtype == ("FLOAT" if kind == 3 else "PCM_16"), info
        assert (info.samplerate, info.channels, info.frames) == (rate, channels, len(samples) // channels), info
        theirs, _ = soundfile.read(str(path), dtype="float32", always_2d=True)
        assert theirs.flatten().tolist() == samples, f"{path}: soundfile reads other samples"
    return {"float": kind == 3, "channels": channels, "rate_hz": rate, "samples": samples}


def cues(path):
    """The named cues of a WAV file: first frame, frames, label and note."""
    found = chunks(path)
    (count,) = struct.unpack_from("<I", found["cue "][0])
    points = [struct.unpack_from("<II4sIII", found["cue "][0], 4 + 24 * index) for index in range(count)]
    places = {number: {"start": offset, "length": None, "label": None, "note": None} for number, *_, offset in points}
    assert len(places) == count, f"{path}: a cue twice"
    for adtl in (chunk for chunk in found["LIST"] if chunk[:4] == b"adtl"):
        at = 4
        while at < len(adtl):
            name, size = struct.unpack_from("<4sI", adtl, at)
            body = adtl[at + 8 : at + 8 + size]
            (number,) = struct.unpack_from("<I", body)
            if name in (b"labl", b"note"):
                field = {b"labl": "label", b"note": "note"}[name]
                places[number][field] = body[4:].rstrip(b"\0").decode("utf-8")
            elif name == b"ltxt":
                (places[number]["length"],) = struct.unpack_from("<I", body, 4)
            at += 8 + size + size % 2
    return sorted(places.values(), key=lambda place: place["start"])


def clips():
    found = []
    for path in sorted((folder / "clips-out").rglob("*.wav")):
        found.append(sound(path) | {"class": path.parent.parent.name})
    return found


def pack_clips():
    return [sound(path) | {"class": path.parent.name} for path in sorted((folder / "pack-clips").rglob("*.wav"))]


def database():
    """With the database's own module: sound, and the rows of the tables that 8-cut reads."""
    connection = sqlite3.connect(f"file:{folder / 'earmark.db'}?mode=ro", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    read = lambda sql: [list(row) for row in connection.execute(sql)]
    return {
        "regions": read(
            "SELECT start_time, end_time, score FROM scan_results WHERE filename = 'room.wav' AND profile = 'default' "
            "AND model = 'AISFX' AND scan_timestamp = (SELECT max(scan_timestamp) FROM scan_results) ORDER BY start_time"
        ),
        "clips": read("SELECT filename, start_time FROM processed WHERE scan_export = 0 ORDER BY id"),
        "negatives": read("SELECT filename, start_time, source_model FROM hard_negatives ORDER BY id"),
        "window": read("SELECT hop_s, window_s, length(scores) / 4 FROM scans WHERE profile = 'default' LIMIT 1")[0],
    }


def journal():
    """The journals of a shared scan: a JSON value a line."""
    lines = [line for path in sorted((folder / "out/journal").iterdir()) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


tabs = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
tables = {"csv": records("list.csv"), "reaper": records("reaper.csv"), "raven": records("raven.txt", **tabs)}
merged = records("regions.csv")
frame("list.csv", tables["csv"])
frame("reaper.csv", tables["reaper"])
frame("raven.txt", tables["raven"], sep="\t", quoting=csv.QUOTE_NONE)
frame("regions.csv", merged)
print(
    json.dumps(
        tables
        | {
            "audacity": rows("labels.txt", **tabs),
            "json": json.loads(text("list.json")),
            "merged": merged,
            "marked": sound(folder / "marked.wav") | {"cues": cues(folder / "marked.wav")},
            "original": sound(folder / "room.wav"),
            "clips": clips(),
            "pack_clips": pack_clips(),
            "database": database(),
            "journal": journal(),
        }
    )
)
