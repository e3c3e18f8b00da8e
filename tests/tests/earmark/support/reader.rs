//! A user with a screen reader: a session bus of one's own, and questions over AT-SPI. Linux.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;

use super::Sandbox;
use super::sandbox::run;

/// A session bus, over which programs find the bus of AT-SPI. Gone with this value, and with it all that it started.
pub struct SessionBus {
    daemon: Child,
    address: String,
    runtime: PathBuf,
    /// What the bus starts writes here as well, and dies if nobody reads.
    _said: BufReader<ChildStdout>,
}

/// What a screen reader learns of one control.
#[derive(Debug, Clone, Deserialize)]
pub struct Control {
    pub role: String,
    pub name: String,
    pub states: Vec<String>,
    pub value: Option<f64>,
    /// Left, top, width and height on the screen, in pixels.
    pub place: Option<[i32; 4]>,
}

impl Control {
    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|it| it == state)
    }
}

impl SessionBus {
    pub fn start(sandbox: &Sandbox) -> Self {
        let runtime = sandbox.path("run");
        std::fs::create_dir_all(&runtime).unwrap();
        let mut daemon = Command::new("dbus-daemon");
        sandbox.equip(&mut daemon);
        let mut daemon = daemon
            .args(["--session", "--nofork", "--print-address=1"])
            .env("XDG_RUNTIME_DIR", &runtime)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon cannot be run; `cargo xtask test` installs it");
        let mut address = String::new();
        let mut said = BufReader::new(daemon.stdout.take().unwrap());
        said.read_line(&mut address).unwrap();
        Self {
            daemon,
            address: address.trim().to_owned(),
            runtime,
            _said: said,
        }
    }

    /// Lets `command` find the bus.
    pub fn equip(&self, command: &mut Command) {
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("XDG_RUNTIME_DIR", &self.runtime);
    }

    /// A screen reader starts.
    pub fn turn_on(&self, sandbox: &Sandbox) {
        self.ask(sandbox, &["turn-on"]);
    }

    /// The controls of Earmark's only window.
    pub fn controls(&self, sandbox: &Sandbox) -> Vec<Control> {
        let said = self.ask(sandbox, &["list"]);
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Presses the control called `name`.
    pub fn press(&self, sandbox: &Sandbox, name: &str) {
        self.ask(sandbox, &["press", name]);
    }

    fn ask(&self, sandbox: &Sandbox, arguments: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/earmark/python/reader.py");
        // Debian's own, which has pyatspi.
        let mut python = Command::new("/usr/bin/python3");
        sandbox.equip(&mut python);
        self.equip(&mut python);
        let output = run(python.arg(script).args(arguments));
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for SessionBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
