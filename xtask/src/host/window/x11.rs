//! An X11 window of the host's own that holds the plugin's editor.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui, Window};
use clack_host::prelude::*;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::host::handlers::{Handlers, Shared};

const EMBEDDED_X11: GuiConfiguration<'static> = GuiConfiguration {
    api_type: GuiApiType::X11,
    is_floating: false,
};

pub struct EditorWindow {
    connection: RustConnection,
    window: u32,
    delete_atom: u32,
    gui: PluginGui,
    size: GuiSize,
    close_requested: bool,
}

impl EditorWindow {
    /// `delay` is what passes between the editor's creation and its showing; `scale` is what it is told of the screen.
    pub fn open(
        instance: &mut PluginInstance<Handlers>,
        title: &str,
        delay: Duration,
        scale: Option<f64>,
    ) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(None)
            .context("no X display can be opened; set DISPLAY, or run under `xvfb-run`")?;
        let plugin = instance.plugin_handle();
        let gui: PluginGui = plugin.get_extension().context("the plugin has no editor")?;
        ensure!(
            gui.is_api_supported(&plugin, EMBEDDED_X11),
            "the editor cannot be embedded in an X11 window"
        );
        gui.create(&plugin, EMBEDDED_X11)
            .context("the plugin does not create its editor")?;
        if let Some(scale) = scale {
            // Before the size is asked for, as CLAP says.
            gui.set_scale(&plugin, scale)
                .map_err(|error| anyhow!("the editor cannot be scaled: {error}"))?;
        }
        let size = gui.get_size(&plugin).unwrap_or(GuiSize {
            width: 800,
            height: 500,
        });
        let opened = Self::create_window(&connection, screen, size, title).and_then(
            |(window, delete_atom)| {
                std::thread::sleep(delay);
                // SAFETY: the window is destroyed in `close`, after the editor.
                unsafe { gui.set_parent(&plugin, Window::from_x11_handle(window.into())) }
                    .context("the editor does not accept the window")?;

                // Editors made by some frameworks show themselves when they get a parent and refuse to be shown.
                let _ = gui.show(&plugin);
                Ok((window, delete_atom))
            },
        );
        match opened {
            Ok((window, delete_atom)) => Ok(Self {
                connection,
                window,
                delete_atom,
                gui,
                size,
                close_requested: false,
            }),
            Err(error) => {
                gui.destroy(&plugin);
                Err(error)
            }
        }
    }

    fn create_window(
        connection: &RustConnection,
        screen: usize,
        size: GuiSize,
        title: &str,
    ) -> Result<(u32, u32)> {
        let screen = connection
            .setup()
            .roots
            .get(screen)
            .context("the X display has no screen")?;
        let window = connection.generate_id()?;
        let events = EventMask::STRUCTURE_NOTIFY;
        connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            screen.root,
            0,
            0,
            u16::try_from(size.width)?,
            u16::try_from(size.height)?,
            0,
            WindowClass::INPUT_OUTPUT,
            0,
            &CreateWindowAux::new()
                .event_mask(events)
                .background_pixel(screen.black_pixel),
        )?;
        connection.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            AtomEnum::STRING,
            title.as_bytes(),
        )?;
        let protocols = connection
            .intern_atom(false, b"WM_PROTOCOLS")?
            .reply()?
            .atom;
        let delete = connection
            .intern_atom(false, b"WM_DELETE_WINDOW")?
            .reply()?
            .atom;
        connection.change_property32(
            PropMode::REPLACE,
            window,
            protocols,
            AtomEnum::ATOM,
            &[delete],
        )?;
        connection.map_window(window)?;
        connection.sync()?;
        Ok((window, delete))
    }

    pub fn id(&self) -> u32 {
        self.window
    }

    pub fn close_requested(&self) -> bool {
        self.close_requested
    }

    pub fn resize(
        &mut self,
        instance: &mut PluginInstance<Handlers>,
        width: u32,
        height: u32,
    ) -> Result<()> {
        let plugin = instance.plugin_handle();
        ensure!(self.gui.can_resize(&plugin), "the editor cannot be resized");
        let wanted = GuiSize { width, height };
        let size = self.gui.adjust_size(&plugin, wanted).unwrap_or(wanted);
        self.configure(size)?;
        self.gui
            .set_size(&plugin, size)
            .map_err(|error| anyhow!("{error}"))?;
        self.size = size;
        Ok(())
    }

    fn configure(&self, size: GuiSize) -> Result<()> {
        let wanted = ConfigureWindowAux::new()
            .width(size.width)
            .height(size.height);
        self.connection.configure_window(self.window, &wanted)?;
        self.connection.flush()?;
        Ok(())
    }

    /// Pass on what the window manager and the plugin want. A lost display asks for the editor to be closed.
    pub fn pump(&mut self, instance: &mut PluginInstance<Handlers>) {
        if let Some(size) = instance.access_shared_handler(Shared::take_resize_request) {
            self.size = size;
            self.close_requested |= self.configure(size).is_err();
        }
        loop {
            match self.connection.poll_for_event() {
                Ok(Some(Event::ConfigureNotify(event))) if event.window == self.window => {
                    let size = GuiSize {
                        width: event.width.into(),
                        height: event.height.into(),
                    };
                    let plugin = instance.plugin_handle();
                    if size != self.size && self.gui.can_resize(&plugin) {
                        self.size = size;
                        // The editor keeps its old size if it refuses this one.
                        let _ = self.gui.set_size(&plugin, size);
                    }
                }
                Ok(Some(Event::ClientMessage(event)))
                    if event.data.as_data32()[0] == self.delete_atom =>
                {
                    self.close_requested = true;
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => {
                    self.close_requested = true;
                    break;
                }
            }
        }
    }

    /// Destroy the editor, then the window it was in.
    pub fn close(self, instance: &mut PluginInstance<Handlers>) {
        self.gui.destroy(&instance.plugin_handle());
        // The server destroys the window with the connection if this does not reach it.
        let _ = self.connection.destroy_window(self.window).map(|_| ());
        let _ = self.connection.sync();
    }
}
