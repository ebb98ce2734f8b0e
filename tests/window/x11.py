"""Does to Skep's window what a user's desktop does, in a display without one: x11.py shown | leave | close | drop FILE...

`shown` prints whether it is, `leave` looks at something else (the keys go elsewhere), `close` asks it to close as the button in its frame does, `drop` lets files fall on its
middle (XDND, version 5). The library is called as it is: every system with a window has it, few have a binding.
"""

import ctypes
import sys
import time
from urllib.parse import quote

X = ctypes.CDLL("libX11.so.6")
Window, Atom, Time = ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong
NONE, IS_VIEWABLE, PROP_MODE_REPLACE, REVERT_TO_NONE = 0, 2, 0, 0
SELECTION_NOTIFY, SELECTION_REQUEST, CLIENT_MESSAGE = 31, 30, 33
PATIENCE_S = 20


def declare(name, result, *arguments):
    function = getattr(X, name)
    function.restype, function.argtypes = result, arguments
    return function


display_p, int_p, ulong_p = ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_ulong)
uint_p, windows_p = ctypes.POINTER(ctypes.c_uint), ctypes.POINTER(ctypes.POINTER(Window))
open_display = declare("XOpenDisplay", display_p, ctypes.c_char_p)
root_window = declare("XDefaultRootWindow", Window, display_p)
query_tree = declare("XQueryTree", ctypes.c_int, display_p, Window, ulong_p, ulong_p, windows_p, uint_p)
fetch_name = declare("XFetchName", ctypes.c_int, display_p, Window, ctypes.POINTER(ctypes.c_char_p))
get_geometry = declare("XGetGeometry", ctypes.c_int, display_p, Window, ulong_p, int_p, int_p, uint_p, uint_p, uint_p, uint_p)
intern_atom = declare("XInternAtom", Atom, display_p, ctypes.c_char_p, ctypes.c_int)
list_properties = declare("XListProperties", ctypes.POINTER(Atom), display_p, Window, int_p)
create_window = declare("XCreateSimpleWindow", Window, display_p, Window, *[ctypes.c_int] * 2, *[ctypes.c_uint] * 3, *[ctypes.c_ulong] * 2)
set_owner = declare("XSetSelectionOwner", ctypes.c_int, display_p, Atom, Window, Time)
change_property = declare("XChangeProperty", ctypes.c_int, display_p, Window, Atom, Atom, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
send_event = declare("XSendEvent", ctypes.c_int, display_p, Window, ctypes.c_int, ctypes.c_long, ctypes.c_void_p)
flush = declare("XSync", ctypes.c_int, display_p, ctypes.c_int)
set_focus = declare("XSetInputFocus", ctypes.c_int, display_p, Window, ctypes.c_int, Time)
pending = declare("XPending", ctypes.c_int, display_p)
next_event = declare("XNextEvent", ctypes.c_int, display_p, ctypes.c_void_p)


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", display_p),
        ("window", Window), ("message_type", Atom), ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
    ]  # fmt: skip


class SelectionRequest(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", display_p),
        ("owner", Window), ("requestor", Window), ("selection", Atom), ("target", Atom), ("property", Atom), ("time", Time),
    ]  # fmt: skip


class SelectionAnswer(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", display_p),
        ("requestor", Window), ("selection", Atom), ("target", Atom), ("property", Atom), ("time", Time),
    ]  # fmt: skip


class Attributes(ctypes.Structure):
    # The state's place in it: 23 words of 4 bytes, of which some are longs.
    _fields_ = [
        ("place", ctypes.c_int * 6), ("visual", ctypes.c_void_p), ("root", Window), ("kind", ctypes.c_int * 4),
        ("planes", ctypes.c_ulong * 2), ("save_under", ctypes.c_int), ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int), ("map_state", ctypes.c_int), ("rest", ctypes.c_long * 5),
    ]  # fmt: skip


class Event(ctypes.Union):
    _fields_ = [
        ("type", ctypes.c_int), ("client", ClientMessage), ("request", SelectionRequest), ("answer", SelectionAnswer),
        ("padding", ctypes.c_long * 24),
    ]  # fmt: skip


display = open_display(None)
root = root_window(display)


def atom(name):
    return intern_atom(display, name.encode(), 0)


def skep():
    """The window that takes drops and is named as Skep is; a toolkit has others of its own."""
    parent, children, n_children = Window(), ctypes.POINTER(Window)(), ctypes.c_uint()
    query_tree(display, root, ctypes.byref(Window()), ctypes.byref(parent), ctypes.byref(children), ctypes.byref(n_children))
    for window in children[: n_children.value]:
        name, n_properties = ctypes.c_char_p(), ctypes.c_int()
        fetch_name(display, window, ctypes.byref(name))
        properties = list_properties(display, window, ctypes.byref(n_properties))
        if name.value == b"Skep" and atom("XdndAware") in properties[: n_properties.value]:
            return window
    sys.exit("there is no window of Skep's")


def tell(window, kind, data):
    event = Event()
    event.client = ClientMessage(CLIENT_MESSAGE, 0, 1, display, window, atom(kind), 32, (ctypes.c_long * 5)(*data))
    send_event(display, window, 0, 0, ctypes.byref(event))
    flush(display, 0)


def shown(window):
    attributes = Attributes()
    X.XGetWindowAttributes(ctypes.c_void_p(display), Window(window), ctypes.byref(attributes))
    print("yes" if attributes.map_state == IS_VIEWABLE else "no")


def leave(_):
    set_focus(display, NONE, REVERT_TO_NONE, 0)
    flush(display, 0)


def close(window):
    tell(window, "WM_PROTOCOLS", [atom("WM_DELETE_WINDOW"), 0, 0, 0, 0])


def drop(window, paths):
    uris = "".join(f"file://{quote(path)}\r\n" for path in paths).encode()
    source = create_window(display, root, 0, 0, 1, 1, 0, 0, 0)
    set_owner(display, atom("XdndSelection"), source, 0)
    x, y, width, height = ctypes.c_int(), ctypes.c_int(), ctypes.c_uint(), ctypes.c_uint()
    places = [ctypes.byref(one) for one in (Window(), x, y, width, height, ctypes.c_uint(), ctypes.c_uint())]
    get_geometry(display, window, *places)
    middle = (x.value + width.value // 2) << 16 | (y.value + height.value // 2)
    position = [source, 0, middle, 0, atom("XdndActionCopy")]
    tell(window, "XdndEnter", [source, 5 << 24, atom("text/uri-list"), 0, 0])
    tell(window, "XdndPosition", position)
    is_dropped, deadline, event = False, time.monotonic() + PATIENCE_S, Event()
    while time.monotonic() < deadline:
        if not pending(display):
            time.sleep(0.01)
            continue
        next_event(display, ctypes.byref(event))
        if event.type == SELECTION_REQUEST:
            request = event.request
            is_wanted = request.target == atom("text/uri-list")
            if is_wanted:
                change_property(display, request.requestor, request.property, request.target, 8, PROP_MODE_REPLACE, uris, len(uris))
            answer = Event()
            place = request.property if is_wanted else NONE
            answer.answer = SelectionAnswer(
                SELECTION_NOTIFY, 0, 1, display, request.requestor, request.selection, request.target, place, request.time
            )
            send_event(display, request.requestor, 0, 0, ctypes.byref(answer))
            flush(display, 0)
        elif event.type == CLIENT_MESSAGE and event.client.message_type == atom("XdndStatus"):
            # It may have to look at what is held over it before it says yes.
            if event.client.data[1] & 1 and not is_dropped:
                is_dropped = True
                tell(window, "XdndDrop", [source, 0, 0, 0, 0])
            elif not is_dropped:
                time.sleep(0.05)
                tell(window, "XdndPosition", position)
        elif event.type == CLIENT_MESSAGE and event.client.message_type == atom("XdndFinished"):
            return
    sys.exit("the window took no drop")


what, *rest = sys.argv[1:]
{"shown": shown, "leave": leave, "close": close, "drop": lambda window: drop(window, rest)}[what](skep())
