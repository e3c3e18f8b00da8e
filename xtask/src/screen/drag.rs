//! Files that are dragged over a window and dropped on it, as a file manager does it on X11.
//!
//! Speaks the XDND protocol (version 5, freedesktop.org) as its source. Like Qt's programs it goes down from the root window to
//! the first window under the pointer that takes drops.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, InputFocus,
    PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME, NONE};

use super::{PATIENCE, Screen, wait_for};

const VERSION: u32 = 5;

x11rb::atom_manager! {
    /// The names of the protocol.
    Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        UriList: b"text/uri-list",
    }
}

/// A drag under way. Forgotten without a word if it is neither dropped nor taken away.
pub struct Drag {
    connection: RustConnection,
    atoms: Atoms,
    root: u32,
    /// The program that the files come from. It has the keyboard.
    source: u32,
    target: u32,
    uris: String,
    time: u32,
}

impl Screen {
    /// Drags files to a place in a window, counted from its top left corner, and waits until the window there accepts them.
    ///
    /// # Errors
    /// If no window there takes drops, or it refuses these.
    pub fn drag_files(&self, window: u32, (x, y): (i16, i16), files: &[PathBuf]) -> Result<Drag> {
        let (connection, screen) = RustConnection::connect(Some(&self.display))?;
        let roots = &connection.setup().roots;
        let root = roots.get(screen).context("no screen")?.root;
        let atoms = Atoms::new(&connection)?.reply()?;
        let source = open_source(&connection, root, &atoms)?;
        let place = connection
            .translate_coordinates(window, root, x, y)?
            .reply()?;
        let at = (place.dst_x, place.dst_y);
        let mut drag = Drag {
            target: aware_window(&connection, &atoms, root, at)?,
            uris: uri_list(files)?,
            connection,
            atoms,
            root,
            source,
            time: CURRENT_TIME,
        };
        drag.time = drag.server_time()?;
        let list = drag.atoms.UriList;
        drag.tell(drag.atoms.XdndEnter, [VERSION << 24, list, NONE, NONE])?;
        // Twice: the target asks for the files at the first, and only then has something to show for the second.
        for at in [at, (at.0 + 5, at.1 + 5)] {
            drag.hold_over(at)?;
        }
        Ok(drag)
    }
}

impl Drag {
    /// Lets go of the files and waits until the target has taken them.
    ///
    /// # Errors
    /// If it does not.
    pub fn drop_files(self) -> Result<()> {
        self.tell(self.atoms.XdndDrop, [NONE, self.time, NONE, NONE])?;
        let [_, taken, ..] = self.wait_for_answer(self.atoms.XdndFinished)?;
        ensure!(taken & 1 == 1, "the drop was refused");
        Ok(())
    }

    /// Drags the files out of the target again.
    ///
    /// # Errors
    /// If the display is gone.
    pub fn leave(self) -> Result<()> {
        self.tell(self.atoms.XdndLeave, [NONE; 4])?;
        self.connection.sync()?;
        Ok(())
    }

    fn hold_over(&self, (x, y): (i16, i16)) -> Result<()> {
        let connection = &self.connection;
        connection.warp_pointer(NONE, self.root, 0, 0, 0, 0, x, y)?;
        let place = u32::from(x.cast_unsigned()) << 16 | u32::from(y.cast_unsigned());
        let copy = self.atoms.XdndActionCopy;
        self.tell(self.atoms.XdndPosition, [NONE, place, self.time, copy])?;
        let [_, accepted, ..] = self.wait_for_answer(self.atoms.XdndStatus)?;
        ensure!(accepted & 1 == 1, "the window refuses the files");
        Ok(())
    }

    /// Sends the target a message of the protocol, which begins with the source.
    fn tell(&self, kind: u32, [a, b, c, d]: [u32; 4]) -> Result<()> {
        let data = [self.source, a, b, c, d];
        let event = ClientMessageEvent::new(32, self.target, kind, data);
        self.connection
            .send_event(false, self.target, EventMask::NO_EVENT, event)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Waits for a message of the target, and meanwhile gives it the files.
    fn wait_for_answer(&self, kind: u32) -> Result<[u32; 5]> {
        wait_for("the answer of the target", PATIENCE, || {
            while let Some(event) = self.connection.poll_for_event()? {
                match event {
                    Event::SelectionRequest(request) => self.hand_over(&request)?,
                    Event::ClientMessage(message) if message.type_ == kind => {
                        return Ok(Some(message.data.as_data32()));
                    }
                    _ => {}
                }
            }
            Ok(None)
        })
    }

    fn hand_over(&self, request: &SelectionRequestEvent) -> Result<()> {
        let is_known = request.target == self.atoms.UriList;
        if is_known {
            self.connection.change_property8(
                PropMode::REPLACE,
                request.requestor,
                request.property,
                request.target,
                self.uris.as_bytes(),
            )?;
        }
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if is_known { request.property } else { NONE },
        };
        self.connection
            .send_event(false, request.requestor, EventMask::NO_EVENT, event)?;
        self.connection.flush()?;
        Ok(())
    }

    /// The server's clock, which says with every change of a property what it is.
    fn server_time(&self) -> Result<u32> {
        let (connection, name) = (&self.connection, AtomEnum::WM_NAME);
        connection.change_property8(PropMode::APPEND, self.source, name, AtomEnum::STRING, b"")?;
        connection.flush()?;
        wait_for("the server's clock", PATIENCE, || {
            let event = connection.poll_for_event()?;
            Ok(event.and_then(|event| match event {
                Event::PropertyNotify(change) => Some(change.time),
                _ => None,
            }))
        })
    }
}

/// A window that owns the files and has the keyboard, as the file manager that somebody drags from.
fn open_source(connection: &RustConnection, root: u32, atoms: &Atoms) -> Result<u32> {
    let source = connection.generate_id()?;
    let look = CreateWindowAux::new()
        .override_redirect(1)
        .event_mask(EventMask::PROPERTY_CHANGE);
    let (class, depth) = (WindowClass::INPUT_OUTPUT, COPY_DEPTH_FROM_PARENT);
    connection.create_window(depth, source, root, 0, 0, 1, 1, 0, class, 0, &look)?;
    connection.map_window(source)?;
    connection.set_input_focus(InputFocus::POINTER_ROOT, source, CURRENT_TIME)?;
    connection.set_selection_owner(source, atoms.XdndSelection, CURRENT_TIME)?;
    connection.sync()?;
    Ok(source)
}

/// The outermost window at a place of the screen that takes drops.
fn aware_window(
    connection: &RustConnection,
    atoms: &Atoms,
    root: u32,
    (x, y): (i16, i16),
) -> Result<u32> {
    let mut window = root;
    loop {
        let inside = connection
            .translate_coordinates(root, window, x, y)?
            .reply()?
            .child;
        ensure!(inside != NONE, "no window there takes drops");
        let aware = connection
            .get_property(false, inside, atoms.XdndAware, AtomEnum::ATOM, 0, 1)?
            .reply()?;
        if aware
            .value32()
            .is_some_and(|mut version| version.next().is_some())
        {
            return Ok(inside);
        }
        window = inside;
    }
}

/// The files as `text/uri-list` (RFC 2483) writes them.
fn uri_list(files: &[PathBuf]) -> Result<String> {
    let mut list = String::new();
    for file in files {
        list.push_str("file://");
        for &byte in file.as_os_str().as_bytes() {
            let is_plain = byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
            if is_plain {
                list.push(char::from(byte));
            } else {
                write!(list, "%{byte:02X}")?;
            }
        }
        list.push_str("\r\n");
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_as_uris_in_lines() {
        let files = ["/a/door, 1.wav", "/a/Tür.wav"].map(PathBuf::from);
        let list = uri_list(&files).unwrap();
        assert_eq!(
            list,
            "file:///a/door%2C%201.wav\r\nfile:///a/T%C3%BCr.wav\r\n"
        );
    }
}
