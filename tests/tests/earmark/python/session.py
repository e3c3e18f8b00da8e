"""Plays float samples through a VST3 plugin with pedalboard, as a script of steps says.

usage: session.py PLUGIN SCRIPT

SCRIPT is a JSON list of steps, carried out in order on one instance:
    {"do": "play", "input": FILE, "output": FILE, "channels": N, "rate_hz": N, "block": N}
    {"do": "set", "name": PARAMETER, "value": X}
    {"do": "report", "output": FILE}                 parameters as JSON
    {"do": "save_state", "file": FILE}
    {"do": "load_state", "file": FILE}
    {"do": "new"}                                    a new instance
Samples are 32-bit floats, one channel after the other.
"""

import json
import sys

import numpy
from pedalboard import load_plugin


def carry_out(step, plugin):
    kind = step["do"]
    if kind == "play":
        audio = numpy.fromfile(step["input"], dtype="<f4").reshape(step["channels"], -1)
        heard = plugin(audio, step["rate_hz"], buffer_size=step["block"], reset=False)
        heard.astype("<f4", copy=False).tofile(step["output"])
    elif kind == "set":
        setattr(plugin, step["name"], step["value"])
    elif kind == "report":
        values = {name: parameter.raw_value for name, parameter in plugin.parameters.items()}
        with open(step["output"], "w", encoding="utf-8") as file:
            json.dump(values, file)
    elif kind == "save_state":
        with open(step["file"], "wb") as file:
            file.write(plugin.raw_state)
    elif kind == "load_state":
        with open(step["file"], "rb") as file:
            plugin.raw_state = file.read()
    else:
        raise ValueError(f"no such step: {kind}")


def main():
    path, script = sys.argv[1:]
    with open(script, encoding="utf-8") as file:
        steps = json.load(file)
    plugin = load_plugin(path)
    for step in steps:
        if step["do"] == "new":
            del plugin
            plugin = load_plugin(path)
        else:
            carry_out(step, plugin)


main()
