//! A private X server without a screen, and a hand and an eye on it: `xdotool` and ImageMagick's `import`.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::desk::run;
use super::wait;

/// More colours than a window that draws nothing has, far fewer than text and a waveform make.
const FEWEST_COLOURS: usize = 40;

/// Red, green and blue of each pixel.
pub type Picture = Vec<[u8; 3]>;

/// An X server of one's own with a window manager, which gives windows the keyboard. Gone with this value.
pub struct Screen {
    display: String,
    server: Child,
    manager: Option<Child>,
}

impl Screen {
    pub fn new() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(["-screen", "0", "1280x900x24", "+extension", "GLX"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("Xvfb cannot be started ({error}); run the tests with `cargo xtask test`, which installs it")
            });
        let mut number = String::new();
        let output = server.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut number).unwrap();
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
            .expect("openbox; `cargo xtask test` installs it");
        screen.manager = Some(manager);
        wait::until("the window manager", || {
            let output = run(screen
                .command("xprop")
                .args(["-root", "_NET_SUPPORTING_WM_CHECK"]));
            String::from_utf8_lossy(&output.stdout)
                .contains("window id")
                .then_some(())
        });
        screen
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
    fn picture(&self, window: u32) -> Picture {
        let output = run(self.command("import").args([
            "-silent",
            "-window",
            &window.to_string(),
            "-depth",
            "8",
            "rgb:-",
        ]));
        assert!(
            output.status.success(),
            "no picture of window {window}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout.as_chunks::<3>().0.to_vec()
    }

    /// Waits until a window shows something, and the same for a while. Returns the picture.
    pub fn wait_until_drawn(&self, window: u32) -> Picture {
        self.wait_for_another(window, &Picture::new())
    }

    /// Waits until a window shows something else than `before`, and the same for a while. Returns the picture.
    pub fn wait_for_another(&self, window: u32, before: &Picture) -> Picture {
        let mut last = Picture::new();
        wait::until("a window that draws something else", || {
            std::thread::sleep(Duration::from_millis(200));
            let picture = self.picture(window);
            let colours: HashSet<_> = picture.iter().collect();
            let is_settled = colours.len() >= FEWEST_COLOURS && picture == last;
            last = picture;
            (is_settled && last != *before).then(|| last.clone())
        })
    }

    /// Clicks into a window, from its top left corner.
    pub fn click(&self, window: u32, x: u32, y: u32) {
        let [window, x, y] = [window, x, y].map(|number| number.to_string());
        self.drive(&["mousemove", "--window", &window, &x, &y]);
        self.drive(&["click", "1"]);
    }

    /// Presses a key, by its X name, wherever the keyboard is.
    pub fn press(&self, key: &str) {
        self.drive(&["key", key]);
    }

    fn drive(&self, arguments: &[&str]) {
        let output = run(self.command("xdotool").args(arguments));
        assert!(
            output.status.success(),
            "xdotool {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
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
