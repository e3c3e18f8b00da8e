//! A window of Windows, of the host's own, that holds the plugin's editor.
#![allow(unsafe_code)] // Windows speaks C.

use std::cell::{Cell, RefCell};
use std::ptr::{null, null_mut};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui, Window};
use clack_host::prelude::*;
use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, RECT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    AdjustWindowRect, CREATESTRUCTW, CreateWindowExW, DefWindowProcW, DestroyWindow,
    DispatchMessageW, GWLP_USERDATA, GetClientRect, GetPropW, GetWindowLongPtrW, IDC_ARROW,
    LoadCursorW, MSG, PM_REMOVE, PeekMessageW, RegisterClassExW, SW_SHOW, SWP_NOMOVE, SWP_NOZORDER,
    SetWindowLongPtrW, SetWindowPos, ShowWindow, TranslateMessage, WM_CLOSE, WM_CREATE, WM_KEYDOWN,
    WNDCLASSEXW, WS_CLIPCHILDREN, WS_OVERLAPPEDWINDOW,
};

use crate::host::handlers::{Handlers, Shared};

const EMBEDDED: GuiConfiguration<'static> = GuiConfiguration {
    api_type: GuiApiType::WIN32,
    is_floating: false,
};
const CLASS: &str = "EarmarkTestHost";
const STYLE: u32 = WS_OVERLAPPEDWINDOW | WS_CLIPCHILDREN;

/// An open window with an editor in it.
pub struct EditorWindow {
    window: HWND,
    /// Lives as long as the window, which writes it.
    happened: Box<Happened>,
    gui: PluginGui,
    size: GuiSize,
}

/// What the user did to the host's own window.
#[derive(Default)]
struct Happened {
    is_closed: Cell<bool>,
    /// Virtual-key codes, the oldest first.
    pressed: RefCell<Vec<u32>>,
}

impl EditorWindow {
    /// `delay` is what passes between the editor's creation and its showing; `scale` is what it is told of the screen.
    pub fn open(
        instance: &mut PluginInstance<Handlers>,
        title: &str,
        delay: Duration,
        scale: Option<f64>,
    ) -> Result<Self> {
        let plugin = instance.plugin_handle();
        let gui: PluginGui = plugin.get_extension().context("the plugin has no editor")?;
        ensure!(
            gui.is_api_supported(&plugin, EMBEDDED),
            "the editor cannot be embedded in a window of Windows"
        );
        gui.create(&plugin, EMBEDDED)
            .context("the plugin does not create its editor")?;
        if let Some(scale) = scale {
            // Before the size is asked for, as CLAP says. Windows tells the plugin itself, so it may refuse.
            let _ = gui.set_scale(&plugin, scale);
        }
        let size = gui.get_size(&plugin).unwrap_or(GuiSize {
            width: 800,
            height: 500,
        });
        let happened = Box::new(Happened::default());
        let opened = create_window(size, title, &happened).and_then(|window| {
            std::thread::sleep(delay);
            // SAFETY: the window is destroyed in `close`, after the editor.
            unsafe { gui.set_parent(&plugin, Window::from_win32_hwnd(window)) }
                .context("the editor does not accept the window")?;
            // Editors made by some frameworks show themselves when they get a parent and refuse to be shown.
            let _ = gui.show(&plugin);
            Ok(window)
        });
        match opened {
            Ok(window) => Ok(Self {
                window,
                happened,
                gui,
                size,
            }),
            Err(error) => {
                gui.destroy(&plugin);
                Err(error)
            }
        }
    }

    /// The window's number for tools that drive windows: under Wine the one that the X server knows.
    pub fn id(&self) -> u32 {
        let property = wide("__wine_x11_whole_window");
        // SAFETY: the window is open and the name ends with a zero.
        let under_wine = unsafe { GetPropW(self.window, property.as_ptr()) };
        let handle = if under_wine.is_null() {
            self.window
        } else {
            under_wine
        };
        // Both kinds of number have 32 bits, whatever the pointer.
        handle as usize as u32
    }

    /// Whether the user closed the window.
    pub fn close_requested(&self) -> bool {
        self.happened.is_closed.get()
    }

    /// The keys that came to the host's own window since the last call, as virtual-key codes.
    pub fn take_pressed_keys(&self) -> Vec<u32> {
        self.happened.pressed.take()
    }

    /// Resizes the window and the editor to what the plugin makes of the size.
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
        let (width, height) = outer_size(size)?;
        // SAFETY: the window is open.
        let done = unsafe {
            SetWindowPos(
                self.window,
                null_mut(),
                0,
                0,
                width,
                height,
                SWP_NOMOVE | SWP_NOZORDER,
            )
        };
        ensure!(done != 0, "the window cannot be resized");
        Ok(())
    }

    /// Passes on what Windows and the plugin want.
    pub fn pump(&mut self, instance: &mut PluginInstance<Handlers>) {
        if let Some(size) = instance.access_shared_handler(Shared::take_resize_request) {
            self.size = size;
            // A window that keeps its old size is what the next look finds.
            let _ = self.configure(size);
        }
        serve_messages();
        if let Some(size) = self.client_size()
            && size != self.size
        {
            let plugin = instance.plugin_handle();
            self.size = size;
            if self.gui.can_resize(&plugin) {
                // The editor keeps its old size if it refuses this one.
                let _ = self.gui.set_size(&plugin, size);
            }
        }
    }

    fn client_size(&self) -> Option<GuiSize> {
        let mut inside = RECT::default();
        // SAFETY: the window is open and `inside` is writable.
        let found = unsafe { GetClientRect(self.window, &mut inside) };
        let size = GuiSize {
            width: u32::try_from(inside.right).ok()?,
            height: u32::try_from(inside.bottom).ok()?,
        };
        // An iconified window has no inside.
        (found != 0 && size.width > 0 && size.height > 0).then_some(size)
    }

    /// Destroys the editor, then the window it was in.
    pub fn close(self, instance: &mut PluginInstance<Handlers>) {
        self.gui.destroy(&instance.plugin_handle());
        // SAFETY: the window is open and this thread made it; `happened` outlives it.
        unsafe { DestroyWindow(self.window) };
        serve_messages();
    }
}

/// Hands every waiting message of this thread to its window.
fn serve_messages() {
    let mut message = MSG::default();
    // SAFETY: `message` is writable, and what is handed on came from Windows.
    unsafe {
        while PeekMessageW(&mut message, null_mut(), 0, 0, PM_REMOVE) != 0 {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
}

fn create_window(size: GuiSize, title: &str, happened: &Happened) -> Result<HWND> {
    let (class, title) = (wide(CLASS), wide(title));
    let (width, height) = outer_size(size)?;
    // SAFETY: every text ends with a zero and lives to the end of the calls; `happened` outlives the window, and only
    // `on_message` reads the pointer to it. A class that is registered twice is refused and stays.
    let window = unsafe {
        let program = GetModuleHandleW(null());
        let description = WNDCLASSEXW {
            cbSize: size_of::<WNDCLASSEXW>() as u32,
            lpfnWndProc: Some(on_message),
            hInstance: program,
            hCursor: LoadCursorW(null_mut(), IDC_ARROW),
            lpszClassName: class.as_ptr(),
            ..WNDCLASSEXW::default()
        };
        RegisterClassExW(&description);
        CreateWindowExW(
            0,
            class.as_ptr(),
            title.as_ptr(),
            STYLE,
            0,
            0,
            width,
            height,
            null_mut(),
            null_mut(),
            program,
            std::ptr::from_ref(happened).cast(),
        )
    };
    ensure!(
        !window.is_null(),
        "Windows opens no window ({}); is there a desktop?",
        std::io::Error::last_os_error()
    );
    // SAFETY: the window is open.
    unsafe { ShowWindow(window, SW_SHOW) };
    Ok(window)
}

/// The size of a window whose inside has this size.
fn outer_size(inside: GuiSize) -> Result<(i32, i32)> {
    let mut edges = RECT {
        right: i32::try_from(inside.width)?,
        bottom: i32::try_from(inside.height)?,
        ..RECT::default()
    };
    // SAFETY: `edges` is writable.
    let found = unsafe { AdjustWindowRect(&mut edges, STYLE, 0) };
    ensure!(found != 0, "the size of the window cannot be found out");
    Ok((edges.right - edges.left, edges.bottom - edges.top))
}

unsafe extern "system" fn on_message(
    window: HWND,
    message: u32,
    wide_parameter: WPARAM,
    long_parameter: LPARAM,
) -> LRESULT {
    // SAFETY: Windows calls this with a window of our class. Its user data is null or what `create_window` was
    // given, which outlives the window.
    unsafe {
        match message {
            WM_CREATE => {
                let made = long_parameter as *const CREATESTRUCTW;
                SetWindowLongPtrW(window, GWLP_USERDATA, (*made).lpCreateParams as isize);
                0
            }
            WM_CLOSE | WM_KEYDOWN => {
                let happened = GetWindowLongPtrW(window, GWLP_USERDATA) as *const Happened;
                match happened.as_ref() {
                    Some(happened) if message == WM_CLOSE => happened.is_closed.set(true),
                    Some(happened) => happened.pressed.borrow_mut().push(wide_parameter as u32),
                    None => {}
                }
                0
            }
            _ => DefWindowProcW(window, message, wide_parameter, long_parameter),
        }
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}
