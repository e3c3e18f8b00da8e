"""Renders float samples through a VST3 plugin with dawdreamer, which has a transport and a tempo, as a script says.

usage: transport.py PLUGIN SCRIPT

SCRIPT is a JSON list of steps, carried out in order:
    {"do": "engine", "rate_hz": N, "block": N}       a new host with a new instance
    {"do": "tempo", "bpm": [X, ...]}                 a beat each, over and over
    {"do": "automate", "name": PARAMETER, "from": [[FRAME, VALUE], ...], "frames": N}
    {"do": "render", "input": FILE, "output": FILE, "channels": N}
A render rolls from zero, in whole blocks: what follows the input is silence. Samples are 32-bit floats, one channel after
the other.
"""

import json
import sys

import dawdreamer
import numpy

PPQN = 960


class Host:
    def __init__(self, plugin, rate_hz, block):
        self.rate_hz = rate_hz
        self.engine = dawdreamer.RenderEngine(rate_hz, block)
        self.plugin = self.engine.make_plugin_processor("plugin", plugin)

    def tempo(self, bpm):
        self.engine.set_bpm(numpy.repeat(numpy.asarray(bpm * 50, dtype="f4"), PPQN), PPQN)

    def automate(self, name, changes, frames):
        indices = {each["name"]: each["index"] for each in self.plugin.get_parameters_description()}
        values = numpy.zeros(frames, dtype="f4")
        for frame, value in changes:
            values[frame:] = value
        self.plugin.set_automation(indices[name], values)

    def render(self, step):
        audio = numpy.fromfile(step["input"], dtype="<f4").reshape(step["channels"], -1)
        file = self.engine.make_playback_processor("file", audio)
        self.engine.load_graph([(file, []), (self.plugin, ["file"])])
        self.engine.render(audio.shape[1] / self.rate_hz)
        heard = self.engine.get_audio()[:, : audio.shape[1]]
        heard.astype("<f4", copy=False).tofile(step["output"])


def main():
    path, script = sys.argv[1:]
    with open(script, encoding="utf-8") as file:
        steps = json.load(file)
    host = None
    for step in steps:
        kind = step["do"]
        if kind == "engine":
            host = Host(path, step["rate_hz"], step["block"])
        elif kind == "tempo":
            host.tempo(step["bpm"])
        elif kind == "automate":
            host.automate(step["name"], step["from"], step["frames"])
        elif kind == "render":
            host.render(step)
        else:
            raise ValueError(f"no such step: {kind}")


main()
