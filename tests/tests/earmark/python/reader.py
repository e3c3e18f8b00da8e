"""Asks about Earmark's window as a screen reader does, over AT-SPI, and prints one line of JSON for every control.

usage: reader.py turn-on           says that a screen reader runs, as one does when it starts
       reader.py list              prints the controls of the window
       reader.py press NAME        presses the control of this name
       reader.py focus NAME        gives the keyboard to the control of this name
"""

import json
import sys
import time

import dbus
import pyatspi

PATIENCE_S = 30


def turn_on():
    bus = dbus.SessionBus()
    status = bus.get_object("org.a11y.Bus", "/org/a11y/bus")
    properties = dbus.Interface(status, "org.freedesktop.DBus.Properties")
    properties.Set("org.a11y.Status", "IsEnabled", dbus.Boolean(True, variant_level=1))


def wait_for(what, look):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    sys.exit(f"waited {PATIENCE_S} s in vain for {what}")


def application():
    def look():
        for child in pyatspi.Registry.getDesktop(0):
            if child is not None and child.name == "Earmark" and child.childCount > 0:
                return child
        return None

    return wait_for("the application Earmark", look)


def controls(of):
    for child in of:
        if child is not None:
            yield child
            yield from controls(child)


def interface(ask):
    try:
        return ask()
    except NotImplementedError:
        return None


def described(control):
    action = interface(control.queryAction)
    value = interface(control.queryValue)
    text = interface(control.queryText)
    component = interface(control.queryComponent)
    extents = component.getExtents(pyatspi.DESKTOP_COORDS) if component else None
    return {
        "place": [extents.x, extents.y, extents.width, extents.height] if extents else None,
        "role": control.getRoleName(),
        "name": control.name,
        "description": control.description,
        "states": sorted(pyatspi.stateToString(state) for state in control.getState().getStates()),
        "actions": [action.getName(index) for index in range(action.nActions)] if action else [],
        "value": value.currentValue if value else None,
        "text": text.getText(0, -1) if text else None,
    }


def the_one(name, fits):
    def look():
        try:
            named = (it for it in controls(application()) if it.name == name)
            return next((it for it in named if fits(it)), None)
        except Exception:  # The window changed while it was read.
            return None

    return wait_for(f"a control named {name}", look)


def main():
    wish, *names = sys.argv[1:]
    if wish == "turn-on":
        turn_on()
    elif wish == "list":
        for control in controls(application()):
            print(json.dumps(described(control)))
    elif wish == "press":
        # A heading may have the name of a button.
        action = the_one(names[0], lambda it: interface(it.queryAction)).queryAction()
        if not action.doAction(0):
            sys.exit(f"{names[0]} cannot be pressed")
    elif wish == "focus":
        if not the_one(names[0], lambda it: True).queryComponent().grabFocus():
            sys.exit(f"{names[0]} takes no focus")


main()
