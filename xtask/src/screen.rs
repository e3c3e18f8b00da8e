//! A private X server without a screen, and a hand and an eye on it: `xdotool` and ImageMagick's `import`.
//!
//! For the window's tests and for the pictures of `cargo xtask demo`. Linux only, as are the tools.

#[cfg(target_os = "linux")]
mod drag;
mod wine;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

#[cfg(target_os = "linux")]
pub use drag::Drag;

/// Debian packages with which windows open without a screen.
pub const PACKAGES: [&str; 12] = [
    "xvfb",
    "xdotool",
    "openbox",
    "imagemagick",
    "x11-utils",
    "libgl1",
    "libegl1",
    "libgl1-mesa-dri",
    "libx11-xcb1",
    "libxcursor1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
];

/// Debian packages with which a screen reader's questions are asked, and the session bus that they go over.
pub const READER_PACKAGES: [&str; 5] = [
    "at-spi2-core",
    "dbus",
    "python3",
    "python3-dbus",
    "python3-pyatspi",
];

/// More colours than a window that draws nothing has, far fewer than text and a waveform make.
const FEWEST_COLOURS: usize = 40;
/// Longer than a busy machine takes to draw a window in software.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than a window manager takes to start, on such a machine.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Longer than a window manager takes to hand the keyboard over.
const FOCUS_PATIENCE: Duration = Duration::from_secs(5);
const TRIES: u32 = 4;
/// Longer than a frame takes in software.
const MOUSE_RESTS: Duration = Duration::from_millis(700);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Red, green and blue of each pixel.
pub type Picture = Vec<[u8; 3]>;

/// An X server of one's own with a window manager, which gives windows the keyboard. Gone with this value.
pub struct Screen {
    display: String,
    server: Child,
    manager: Option<Child>,
}

impl Screen {
    /// Starts the server and waits for the window manager.
    ///
    /// # Errors
    /// If a program is missing or does not start.
    pub fn start() -> Result<Self> {
        Self::start_of(1280, 900)
    }

    /// Starts one of so many pixels, for more than one window beside another.
    ///
    /// # Errors
    /// If a program is missing or does not start.
    pub fn start_of(width: u32, height: u32) -> Result<Self> {
        // A window manager now and then dies at its start when several begin at once; another server has another chance.
        let mut tries = 1;
        loop {
            match Self::try_start(width, height) {
                Err(error) if tries >= TRIES => return Err(error),
                Err(_) => tries += 1,
                screen => return screen,
            }
        }
    }

    fn try_start(width: u32, height: u32) -> Result<Self> {
        let screen = format!("{width}x{height}x24");
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(["-screen", "0", &screen, "+extension", "GLX"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb cannot be started; `cargo xtask test` installs it")?;
        let mut number = String::new();
        let output = server
            .stdout
            .take()
            .context("Xvfb's output cannot be read")?;
        BufReader::new(output).read_line(&mut number)?;
        let mut screen = Self {
            display: format!(":{}", number.trim()),
            server,
            manager: None,
        };
        let manager = screen
            .command("openbox")
            .args(["--sm-disable"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("openbox cannot be started; `cargo xtask test` installs it")?;
        screen.manager = Some(manager);
        wait_for("the window manager", START_PATIENCE, || {
            let asked = ["-root", "_NET_SUPPORTING_WM_CHECK"];
            let output = screen.command("xprop").args(asked).output()?;
            let answered = String::from_utf8_lossy(&output.stdout).contains("window id");
            Ok(answered.then_some(()))
        })?;
        Ok(screen)
    }

    /// Lets `command` use this screen, drawing without a graphics card.
    pub fn equip(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.equip(&mut command);
        command
    }

    /// What a window shows.
    fn picture(&self, window: u32) -> Result<Picture> {
        let output = self.import(window, "rgb:-")?;
        Ok(output.stdout.as_chunks::<3>().0.to_vec())
    }

    /// Writes what a window shows to `file`, in the format of its extension.
    ///
    /// # Errors
    /// If the window is gone or the file cannot be written.
    pub fn save_picture(&self, window: u32, file: &Path) -> Result<()> {
        let file = file.to_str().context("the picture's path must be text")?;
        self.import(window, file).map(drop)
    }

    fn import(&self, window: u32, target: &str) -> Result<Output> {
        let window = self.drawn_window(window)?;
        // ImageMagick waits for ever for a window that goes while it looks.
        let output = self
            .command("timeout")
            .args(["20", "import"])
            .args([
                "-silent",
                "-window",
                &window.to_string(),
                "-depth",
                "8",
                target,
            ])
            .output()
            .context("import cannot be run; `cargo xtask test` installs ImageMagick")?;
        ensure!(
            output.status.success(),
            "no picture of window {window}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(output)
    }

    /// Waits until a window shows something, and the same for a while. Returns the picture.
    ///
    /// # Errors
    /// If it never does.
    pub fn wait_until_drawn(&self, window: u32) -> Result<Picture> {
        self.wait_for_another(window, &Picture::new())
    }

    /// Waits until a window shows something else than `before`, and the same for a while. Returns the picture.
    ///
    /// # Errors
    /// If it never does.
    pub fn wait_for_another(&self, window: u32, before: &Picture) -> Result<Picture> {
        let mut last = Picture::new();
        let mut refused = None;
        let found = wait_for("a window that draws something else", PATIENCE, || {
            let picture = match self.picture(window) {
                Ok(picture) => picture,
                // A window has no picture before its manager has put it on the screen.
                Err(error) => {
                    refused = Some(error);
                    return Ok(None);
                }
            };
            refused = None;
            let colours: HashSet<_> = picture.iter().collect();
            let is_settled = colours.len() >= FEWEST_COLOURS && picture == last;
            last = picture;
            Ok((is_settled && last != *before).then(|| last.clone()))
        });
        found.map_err(|waited| match refused {
            Some(error) => error.context(waited),
            None => waited,
        })
    }

    /// Waits for a window on the screen whose name fits the regular expression `name`.
    ///
    /// # Errors
    /// If there never is one.
    pub fn wait_for_window(&self, name: &str) -> Result<u32> {
        wait_for(&format!("a window named {name}"), PATIENCE, || {
            Ok(self.windows(name)?.first().copied())
        })
    }

    /// The windows on the screen whose name fits the regular expression `name`.
    ///
    /// # Errors
    /// If they cannot be asked for.
    pub fn windows(&self, name: &str) -> Result<Vec<u32>> {
        let output = self
            .command("xdotool")
            .args(["search", "--onlyvisible", "--name", name])
            .output()
            .context("xdotool cannot be run; `cargo xtask test` installs it")?;
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(found
            .lines()
            .filter_map(|window| window.parse().ok())
            .collect())
    }

    /// Moves a window that is on the screen, so that none hides another.
    ///
    /// # Errors
    /// If the window is gone.
    pub fn place(&self, window: u32, x: u32, y: u32) -> Result<()> {
        let [window, x, y] = [window, x, y].map(|number| number.to_string());
        self.drive(&["windowmove", "--sync", &window, &x, &y])
    }

    /// Clicks into a window, from its top left corner, and gives the window manager time to hand the window the keyboard: a key that
    /// is pressed before goes nowhere.
    ///
    /// # Errors
    /// If the window is gone.
    pub fn click(&self, window: u32, x: u32, y: u32) -> Result<()> {
        let [id, x, y] = [window, x, y].map(|number| number.to_string());
        self.drive(&["mousemove", "--window", &id, &x, &y])?;
        self.drive(&["click", "1"])?;
        // A window that the manager does not know never gets it, and needs no key.
        let _ = wait_for("the keyboard", FOCUS_PATIENCE, || {
            let active = self.command("xdotool").arg("getactivewindow").output()?;
            let active = String::from_utf8_lossy(&active.stdout);
            Ok((active.trim() == id).then_some(()))
        });
        Ok(())
    }

    /// Drags with the mouse from one place in a window to another.
    ///
    /// # Errors
    /// If the window is gone.
    pub fn drag(&self, window: u32, from: (u32, u32), to: (u32, u32)) -> Result<()> {
        let middle = (u32::midpoint(from.0, to.0), u32::midpoint(from.1, to.1));
        let window = window.to_string();
        let at = |(x, y): (u32, u32)| {
            let [x, y] = [x, y].map(|number| number.to_string());
            self.drive(&["mousemove", "--window", &window, &x, &y])
        };
        // A window drawn in software sees only where the mouse rests for a frame.
        let rest = || std::thread::sleep(MOUSE_RESTS);
        at(from)?;
        rest();
        self.drive(&["mousedown", "1"])?;
        rest();
        for place in [middle, to] {
            at(place)?;
            rest();
        }
        self.drive(&["mouseup", "1"])
    }

    /// Width and height of a window.
    ///
    /// # Errors
    /// If the window is gone.
    pub fn size(&self, window: u32) -> Result<(u32, u32)> {
        let output = self
            .command("xdotool")
            .args(["getwindowgeometry", "--shell", &window.to_string()])
            .output()
            .context("xdotool cannot be run; `cargo xtask test` installs it")?;
        let told = String::from_utf8_lossy(&output.stdout);
        let number = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.parse().ok())
        };
        number("WIDTH=")
            .zip(number("HEIGHT="))
            .with_context(|| format!("window {window} has no size"))
    }

    /// Waits until a window has a size.
    ///
    /// # Errors
    /// If it never has; the error says which it had last.
    pub fn wait_for_size(&self, window: u32, wanted: (u32, u32)) -> Result<()> {
        let mut last = None;
        let waited = wait_for("the size", PATIENCE, || {
            last = self.size(window).ok();
            Ok((last == Some(wanted)).then_some(()))
        });
        waited.with_context(|| format!("{wanted:?} was wanted, and it is {last:?}"))
    }

    /// Presses a key, by its X name, wherever the keyboard is.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn press(&self, key: &str) -> Result<()> {
        self.drive(&["key", key])
    }

    /// Holds a key down, or lets go of it.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn hold(&self, key: &str, down: bool) -> Result<()> {
        self.drive(&[if down { "keydown" } else { "keyup" }, key])
    }

    /// Sends a key to a window as a program does, not as the keyboard.
    ///
    /// # Errors
    /// If there is no such key or window.
    pub fn send(&self, window: u32, key: &str) -> Result<()> {
        self.drive(&["key", "--window", &window.to_string(), key])
    }

    /// Types text wherever the keyboard is, slowly enough for a window drawn in software.
    ///
    /// # Errors
    /// If a character cannot be typed.
    pub fn type_text(&self, text: &str) -> Result<()> {
        self.drive(&["type", "--delay", "60", text])
    }

    fn drive(&self, arguments: &[&str]) -> Result<()> {
        let output = self
            .command("xdotool")
            .args(arguments)
            .output()
            .context("xdotool cannot be run; `cargo xtask test` installs it")?;
        ensure!(
            output.status.success(),
            "xdotool {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Whatever is gone already needs no ending.
        for child in self.manager.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(found) = look()? {
            return Ok(found);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!(
        "waited {} s for {what}, without success",
        patience.as_secs()
    )
}
