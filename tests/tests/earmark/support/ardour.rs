//! Ardour without a screen: makes a session with a file and Earmark on a track, plays it, renders it.
//!
//! Ardour's scripts can do all of it but bring a file into a session; that is written into the session file, which is XML.
//! With a screen, Ardour opens the session in its own windows; what it would ask a new user is answered beforehand.
//! Every run of Ardour has a time limit, after which it and all that it started are killed, and what it said is shown.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use xtask::screen::Screen;

use super::{Build, Sandbox};

/// The major versions whose scripts and session files are known to fit.
const VERSIONS: [u32; 2] = [7, 8];
/// Many times what a run takes, on a busy machine.
const LIMIT_S: u32 = 120;
/// Ardour counts positions in sessions in these, so that every rate divides a second evenly.
const SUPERCLOCKS_PER_SECOND: i64 = 282_240_000;
/// Ardour 7.3's own export crashes or hangs in one of seven runs, in a session without any plugin as well.
const RENDER_TRIES: u32 = 6;
const RENDER_LIMIT_S: u32 = 40;
const NAME: &str = "project";
/// Lets Ardour start without a sound card, and without asking how.
const CONFIGURATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
 <Config><Option name="hide-dummy-backend" value="0"/><Option name="try-autostart-engine" value="1"/></Config>
 <Extra><AudioMIDISetup><EngineStates><State backend="None (Dummy)" driver="Normal Speed" device="Silence" input-device="" output-device="" sample-rate="RATE" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" active="1" use-buffered-io="0" midi-option="1 in, 1 out, Silence" lru="1"/></EngineStates></AudioMIDISetup></Extra>
</Ardour>
"#;

/// What lies on the track, and where.
pub struct Clip<'a> {
    pub file: &'a Path,
    pub frames: u64,
    /// On the project's timeline.
    pub at: i64,
}

/// A session on disk.
pub struct ArdourSession<'a> {
    sandbox: &'a Sandbox,
    version: u32,
    rate_hz: u32,
}

impl<'a> ArdourSession<'a> {
    /// A session that reaches from `start` to the end of the stereo `clip` on its one track, through Earmark.
    pub fn new(
        sandbox: &'a Sandbox,
        build: &Build,
        rate_hz: u32,
        track: &str,
        start: i64,
        clip: &Clip,
    ) -> Self {
        let session = Self {
            sandbox,
            version: installed_version(),
            rate_hz,
        };
        session.scan_plugin(build);
        let rate = rate_hz.to_string();
        let folder = session.folder().display().to_string();
        session
            .start(session.lua("make_session.lua", &[&folder, NAME, &rate, track]))
            .finish();
        session.insert(track, start, clip);
        session
    }

    /// A folder for a session that a script of the test makes, without Earmark in it.
    pub fn bare(sandbox: &'a Sandbox, rate_hz: u32) -> Self {
        Self {
            sandbox,
            version: installed_version(),
            rate_hz,
        }
    }

    /// Runs a script of the tests on the session's folder, name and rate, and on `arguments`.
    pub fn run_script(&self, script: &str, arguments: &[&str]) {
        let folder = self.folder().display().to_string();
        let rate = self.rate_hz.to_string();
        let arguments = [&[folder.as_str(), NAME, rate.as_str()], arguments].concat();
        self.start(self.lua(script, &arguments)).finish();
    }

    fn folder(&self) -> PathBuf {
        self.sandbox.path(NAME)
    }

    /// A program of Ardour's in the sandbox's own home, ready to be run.
    fn program(&self, limit_s: u32, name: &str, arguments: &[&str]) -> Command {
        // Kills the whole family when the time is up.
        let mut command = Command::new("timeout");
        self.sandbox.equip(&mut command);
        let limit = limit_s.to_string();
        command
            .args(["--kill-after=5", &limit, name])
            .args(arguments)
            .env("XDG_CONFIG_HOME", self.sandbox.path("config"))
            .env_remove("DISPLAY")
            .env_remove("VST3_PATH");
        command
    }

    /// Starts a program of Ardour's. Into a file it can talk as much as it likes while nobody reads.
    fn start(&self, mut command: Command) -> Running {
        let log = self.sandbox.path("ardour.log");
        let file = File::create(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Running { child, log }
    }

    fn lua(&self, script: &str, arguments: &[&str]) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/earmark/lua")
            .join(script);
        let script = script.display().to_string();
        let arguments = [&[script.as_str()], arguments].concat();
        self.program(LIMIT_S, &format!("ardour{}-lua", self.version), &arguments)
    }

    /// Puts the plugin where Ardour looks for plugins and makes it known: Ardour's scripts find only what was scanned before.
    fn scan_plugin(&self, build: &Build) {
        let plugins = self.sandbox.path(".vst3");
        std::fs::create_dir_all(&plugins).unwrap();
        let bundle = plugins.join("earmark.vst3");
        std::os::unix::fs::symlink(build.vst3(), &bundle).unwrap();
        let programs = format!("/usr/lib/ardour{}", self.version);
        let scanner = format!("{programs}/ardour-vst3-scanner");
        let mut scan = self.program(LIMIT_S, &scanner, &["-f", &bundle.display().to_string()]);
        scan.env("LD_LIBRARY_PATH", programs);
        self.start(scan).finish();
    }

    /// Writes the clip and the session's range into the session file.
    fn insert(&self, track: &str, start: i64, clip: &Clip) {
        let path = self.file();
        let mut session = std::fs::read_to_string(&path).unwrap();
        let clocks = |frames: i64| frames * (SUPERCLOCKS_PER_SECOND / i64::from(self.rate_hz));
        let (length, at) = (clocks(clip.frames as i64), clocks(clip.at));
        let (from, to) = (clocks(start), clocks(clip.at + clip.frames as i64));
        let file = clip.file.display();
        let source = |channel: u32| {
            format!(
                r#"<Source name="{file}" type="audio" flags="" id="90000{channel}" channel="{channel}" origin="{file}"/>"#
            )
        };
        replace(
            &mut session,
            "<Sources/>",
            &format!("<Sources>{}{}</Sources>", source(0), source(1)),
        );
        replace(
            &mut session,
            "<Locations/>",
            &format!(
                r#"<Locations><Location id="900002" name="session" start="a{from}" end="a{to}" flags="IsSessionRange" locked="0"/></Locations>"#
            ),
        );
        let named = session.find(&format!(r#" name="{track}" type="audio" orig-track-id"#));
        let playlist = named.expect("the session file has a playlist for the track");
        let end = playlist + session[playlist..].find("/>").unwrap();
        let region = format!(
            r#"><Region name="clip" id="900003" type="audio" length="a{length}@a{at}" start="a0" channels="2" source-0="900000" source-1="900001" master-source-0="900000" master-source-1="900001" opaque="1" muted="0" whole-file="0" fade-in-active="0" fade-out-active="0" scale-amplitude="1"/></Playlist>"#
        );
        session.replace_range(end..end + 2, &region);
        std::fs::write(path, session).unwrap();
    }

    /// Opens the session, plays `frames` from `from` on by the clock, and goes on while `meanwhile` looks; then saves and
    /// closes it.
    pub fn play(&self, from: i64, frames: u64, meanwhile: impl FnOnce()) {
        let done = self.sandbox.path("done");
        let folder = self.folder().display().to_string();
        let (from, frames) = (from.to_string(), frames.to_string());
        let done_file = done.display().to_string();
        let arguments = [&folder, NAME, &from, &frames, &done_file];
        let playing = self.start(self.lua("play_session.lua", &arguments));
        meanwhile();
        std::fs::write(done, "").unwrap();
        playing.finish();
    }

    /// Opens the session with Ardour's windows on `screen`, Earmark's among them as if it had been open when the session was
    /// saved. Returns Earmark's own window, inside the one that Ardour makes for it.
    pub fn show(&self, screen: &Screen) -> (Running, u32) {
        self.show_with(screen, |_| ())
    }

    /// The same in surroundings that `equip` adds.
    pub fn show_with(&self, screen: &Screen, equip: impl FnOnce(&mut Command)) -> (Running, u32) {
        let settings = self.sandbox.path(&format!("config/ardour{}", self.version));
        std::fs::create_dir_all(&settings).unwrap();
        // Found by an Ardour that was here before, which then does not introduce itself.
        std::fs::write(settings.join(format!(".a{}", self.version)), "").unwrap();
        let configuration = CONFIGURATION.replace("RATE", &self.rate_hz.to_string());
        std::fs::write(settings.join("config"), configuration).unwrap();
        self.remember_open_window();

        let file = self.file().display().to_string();
        let mut ardour = self.program(
            LIMIT_S,
            "ardour",
            &["--no-splash", "--no-announcements", &file],
        );
        screen.equip(&mut ardour);
        equip(&mut ardour);
        let running = self.start(ardour);
        (running, screen.wait_for_window("^Earmark$").unwrap())
    }

    /// Writes into the session file that Earmark's window was open.
    fn remember_open_window(&self) {
        let path = self.file();
        let mut session = std::fs::read_to_string(&path).unwrap();
        let (before, _) = session
            .split_once(r#"" name="Earmark""#)
            .expect("Earmark is in the session");
        let number = |text: &str| text.rsplit('"').next().unwrap_or_default().to_owned();
        let processor = number(before);
        let route = before.rfind("<Route ").expect("Earmark is on a track");
        let (_, route) = before[route..].split_once(r#" id=""#).unwrap();
        let (route, _) = route.split_once('"').unwrap();
        let window = format!(
            r#"<Extra><UI><Window name="P-{route}-{processor}" visible="1" x-off="0" y-off="0" x-size="-1" y-size="-1" custom-ui="1"/></UI></Extra></Session>"#
        );
        replace(&mut session, "</Session>", &window);
        std::fs::write(path, session).unwrap();
    }

    /// What Ardour saves the session as.
    pub fn file(&self) -> PathBuf {
        self.folder().join(format!("{NAME}.ardour"))
    }

    /// Renders the session as float samples to `output`.
    pub fn render(&self, output: &Path) {
        let output = output.display().to_string();
        let folder = self.folder().display().to_string();
        let arguments = ["-b", "float", "-o", &output, &folder, NAME];
        let program = format!("ardour{}-export", self.version);
        for tried in 1.. {
            let render = self.program(RENDER_LIMIT_S, &program, &arguments);
            match self.start(render).outcome() {
                Ok(()) => return,
                Err(reason) => assert!(tried < RENDER_TRIES, "{reason}"),
            }
        }
    }
}

/// The Ardour of this machine.
fn installed_version() -> u32 {
    let is_there = |version: &u32| Path::new(&format!("/usr/bin/ardour{version}-lua")).exists();
    VERSIONS.into_iter().find(is_there).unwrap_or_else(|| {
        panic!("Ardour 7 or 8 is not installed; run the tests with `cargo xtask test`, which installs it with apt")
    })
}

fn replace(session: &mut String, what: &str, by: &str) {
    assert!(session.contains(what), "the session file has no {what}");
    *session = session.replacen(what, by, 1);
}

/// Ardour at work; ended with a test that fails meanwhile.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Waits for a good end.
    pub fn finish(self) {
        if let Err(reason) = self.outcome() {
            panic!("{reason}");
        }
    }

    /// Waits for the end; at any but a good one, what it was and what Ardour said.
    fn outcome(mut self) -> Result<(), String> {
        let status = self.child.wait().unwrap();
        if status.success() {
            return Ok(());
        }
        let reason = match status.code() {
            // What `timeout` says, of its own accord or about a kill.
            Some(124 | 137) => String::from("did not end in time and was killed"),
            _ => format!("ended with {status}"),
        };
        let said = std::fs::read(&self.log).unwrap_or_default();
        Err(format!(
            "Ardour {reason}:\n{}",
            String::from_utf8_lossy(&said)
        ))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        // `timeout` passes a plain end on to all that Ardour started, and kills what does not heed it.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}
