//! qtractor without a screen or a sound card: a session written by hand, JACK's dummy driver, and JACK's transport as the
//! hand on the play button.
//!
//! qtractor does not start without the kernel's MIDI sequencer, which containers lack. No test needs it, so a library that
//! answers every call to it with success is made here and preloaded. Everything runs under a time limit.
//!
//! Its home is not where the database is. qtractor's file dialogs open and close every file in the home folder to tell
//! its kind, in the process that the plugin lives in, and with that the operating system drops SQLite's locks on the
//! database ("How To Corrupt An SQLite Database File", section 2.2): another process that closes it then thinks it is the last
//! one, and removes the log that the plugin goes on writing to.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::sandbox::run;
use super::{Build, Sandbox, wait};

/// Many times what a test takes, on a busy machine.
const LIMIT: &str = "120";
const PROGRAM: &str = "/usr/bin/qtractor";

/// An audio file on a track of its own with the CLAP plugin on it, open in a running qtractor.
pub struct Qtractor<'a> {
    sandbox: &'a Sandbox,
    server: String,
    children: Vec<Child>,
}

impl<'a> Qtractor<'a> {
    /// Opens a session in which `frames` frames of the stereo `file` begin at frame `at`.
    pub fn open(
        sandbox: &'a Sandbox,
        build: &Build,
        rate_hz: u32,
        file: &Path,
        at: u64,
        frames: u64,
    ) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "qtractor is not installed; run the tests with `cargo xtask test`, which installs it with apt"
        );
        std::fs::create_dir(sandbox.path("music")).unwrap();
        let session = sandbox.path("music/project.qtr");
        let text = session_text(&build.clap(), rate_hz, file, at, frames);
        std::fs::write(&session, text).unwrap();
        let mut qtractor = Self {
            sandbox,
            server: format!("earmark-{}", std::process::id()),
            children: Vec::new(),
        };
        // Synchronous, so that a slow machine makes the clock slow instead of losing blocks.
        let rate = rate_hz.to_string();
        qtractor.spawn(
            "jackd",
            &[
                "-S", "-r", "-t", "10000", "-d", "dummy", "-r", &rate, "-p", "1024",
            ],
            |_| {},
        );
        wait::until("JACK", || {
            qtractor.ports().contains("system:").then_some(())
        });
        let sequencer = sequencer_without_midi(sandbox);
        qtractor.spawn(PROGRAM, &[&session.display().to_string()], |command| {
            command
                .env("QT_QPA_PLATFORM", "offscreen")
                .env("LD_PRELOAD", sequencer);
        });
        // Its ports appear once the session is loaded.
        wait::until("qtractor's session", || {
            let name = "Qtractor:Master/out_2";
            qtractor.ports().contains(name).then_some(())
        });
        qtractor
    }

    /// A command of this user's on this JACK server.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("timeout");
        self.sandbox.equip(&mut command);
        command
            .args(["--kill-after=5", LIMIT, program])
            .env("HOME", self.sandbox.path("music"))
            .current_dir(self.sandbox.path("music"))
            .env("XDG_CONFIG_HOME", self.sandbox.path("config"))
            .env("XDG_RUNTIME_DIR", self.sandbox.path(""))
            .env("JACK_DEFAULT_SERVER", &self.server)
            .env("JACK_NO_START_SERVER", "1")
            .env("JACK_NO_AUDIO_RESERVATION", "1");
        command
    }

    fn spawn(&mut self, program: &str, arguments: &[&str], equip: impl FnOnce(&mut Command)) {
        let mut command = self.command(program);
        let log = File::create(self.log(self.children.len())).unwrap();
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        equip(&mut command);
        self.children.push(command.spawn().unwrap());
    }

    fn log(&self, child: usize) -> PathBuf {
        self.sandbox.path(&format!("daw{child}.log"))
    }

    fn ports(&self) -> String {
        let output = run(&mut self.command("jack_lsp"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Gives orders to JACK's transport, which qtractor follows.
    pub fn transport(&self, orders: &[&str]) {
        let mut command = self.command("jack_transport");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Ends with its input.
        let mut input = child.stdin.take().unwrap();
        for order in orders {
            writeln!(input, "{order}").unwrap();
        }
        drop(input);
        child.wait().unwrap();
    }

    /// Closes qtractor, as the desktop does at the end of the day; it must end well.
    pub fn close(mut self) {
        let mut qtractor = self.children.pop().unwrap();
        end(&qtractor);
        let status = qtractor.wait().unwrap();
        let said = std::fs::read(self.log(1)).unwrap_or_default();
        assert!(
            status.success(),
            "qtractor ended with {status}:\n{}",
            String::from_utf8_lossy(&said)
        );
    }
}

impl Drop for Qtractor<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for child in 0..self.children.len() {
                let said = std::fs::read(self.log(child)).unwrap_or_default();
                eprintln!("{}", String::from_utf8_lossy(&said));
            }
            eprintln!("{}", self.ports());
        }
        for mut child in self.children.drain(..).rev() {
            end(&child);
            let _ = child.wait();
        }
    }
}

/// Asks a child to end; `timeout` passes that on.
fn end(child: &Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
}

fn session_text(plugin: &Path, rate_hz: u32, file: &Path, at: u64, frames: u64) -> String {
    let (plugin, file) = (plugin.display(), file.display());
    format!(
        r#"<!DOCTYPE qtractor-session>
<session name="project" version="0.9">
 <properties><sample-rate>{rate_hz}</sample-rate><tempo>120</tempo></properties>
 <devices><audio-engine><transport-mode>full</transport-mode>
  <audio-bus mode="duplex" name="Master"><channels>2</channels><auto-connect>1</auto-connect></audio-bus>
 </audio-engine></devices>
 <tracks><track type="audio" name="Dialogue 1">
  <properties><input-bus>Master</input-bus><output-bus>Master</output-bus></properties>
  <state><gain>1</gain><panning>0</panning></state>
  <plugins><plugin type="CLAP">
   <filename>{plugin}</filename><index>0</index><label>Earmark</label><activated>1</activated>
  </plugin></plugins>
  <clips><clip name="clip">
   <properties><start>{at}</start><offset>0</offset><length>{frames}</length><gain>1</gain></properties>
   <audio-clip><filename>{file}</filename></audio-clip>
  </clip></clips>
 </track></tracks>
</session>
"#
    )
}

/// A library in the place of the kernel's MIDI sequencer: whatever qtractor asks of it succeeds and does nothing.
fn sequencer_without_midi(sandbox: &Sandbox) -> PathBuf {
    let symbols = run(Command::new("nm").args(["-D", "--undefined-only", PROGRAM]));
    let symbols = String::from_utf8_lossy(&symbols.stdout).into_owned();
    let asked: Vec<&str> = symbols
        .split_whitespace()
        .filter(|symbol| symbol.starts_with("snd_"))
        .map(|symbol| symbol.split('@').next().unwrap_or(symbol))
        .collect();
    assert!(!asked.is_empty(), "`nm` finds nothing in {PROGRAM}");
    let mut code = String::from("static char any[4096];\n");
    for name in asked {
        code.push_str(&match name {
            // "default" opens; "hw", for news of other clients, need not.
            "snd_seq_open" => format!(
                "int {name}(void **s, const char *n) {{ *s = any; return n[0] == 'd' ? 0 : -2; }}\n"
            ),
            "snd_midi_event_new" => {
                format!("int {name}(unsigned long n, void **e) {{ *e = any; return 0; }}\n")
            }
            "snd_seq_event_input" => {
                format!("int {name}(void *s, void **e) {{ *e = 0; return -11; }}\n")
            }
            _ if name.ends_with("_sizeof") => {
                format!("unsigned long {name}(void) {{ return 512; }}\n")
            }
            _ if name.ends_with("_get_name") => {
                format!("const char *{name}(void) {{ return \"\"; }}\n")
            }
            _ if name.contains("_skew") => format!("unsigned {name}(void) {{ return 65536; }}\n"),
            // There is nothing more to be listed.
            _ if name.contains("_query_")
                || name.contains("_get_any_")
                || name == "snd_timer_open" =>
            {
                format!("int {name}(void) {{ return -2; }}\n")
            }
            _ => format!("long {name}(void) {{ return 0; }}\n"),
        });
    }
    let source = sandbox.path("sequencer.c");
    std::fs::write(&source, code).unwrap();
    let library = sandbox.path("sequencer.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-w", "-shared", "-fPIC", "-o"]);
    let output = run(compiler.arg(&library).arg(source));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    library
}
