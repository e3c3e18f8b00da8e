//! Keys that mean nothing in the window are the host's, as they would be without it.

use std::fs::File;
use std::process::{Child, Command, Stdio};

use xtask::host::{Event, Step};

use crate::support::{Build, wait, wine};
use crate::window::Review;

/// A program that listens to the keys of the host's own window.
struct Listener {
    child: Child,
    heard: std::path::PathBuf,
}

impl Listener {
    fn to(review: &Review) -> Self {
        let heard = review.sandbox.path("keys.txt");
        let mut command = Command::new("stdbuf");
        command
            .args(["--output=L", "xev", "-event", "keyboard", "-id"])
            .arg(review.window.to_string())
            .stdout(Stdio::from(File::create(&heard).unwrap()));
        review.screen.equip(&mut command);
        let child = command.spawn().unwrap();
        Self { child, heard }
    }

    /// The names of the keys that were pressed until now.
    fn pressed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.heard).unwrap();
        let (mut names, mut is_press) = (Vec::new(), false);
        for line in text.lines() {
            is_press = line.starts_with("KeyPress") || (is_press && line.starts_with(' '));
            let name = line.split_once("(keysym ").and_then(|(_, rest)| {
                let (_, name) = rest.split_once(", ")?;
                Some(name.split_once(')')?.0.to_owned())
            });
            names.extend(name.filter(|_| is_press));
        }
        names
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// On Windows the host's own window notes which keys come to it.
fn keys_come_to_the_host_of_windows() {
    let mut review = Review::begin_with(Build::release(), |_| vec![Step::ReportKeys]);
    // The window forwards a key after its next frame, which takes a while in a build for debugging.
    let press = |key: &str| {
        review.screen.press(key).unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
    };
    press("r");
    press("n");
    review.wait_for_state("negative");
    press("ctrl+z");
    review.wait_for_state("found");
    for key in ["ctrl+s", "r", "r"] {
        press(key);
    }
    review.host.release();
    let events = review.host.finish().unwrap().into_events().unwrap();
    let codes = events.iter().find_map(|event| match event {
        Event::KeysPressed { codes } => Some(codes.clone()),
        _ => None,
    });
    const CONTROL: u32 = 0x11;
    let mut codes = codes.unwrap();
    codes.retain(|&code| code != CONTROL);
    let [r, s] = [b'R', b'S'].map(u32::from);
    assert_eq!(codes, [r, s, r, r]);
}

#[test]
fn keys_that_mean_nothing_in_the_window_reach_the_host_and_the_others_do_not() {
    if wine::is_used() {
        return keys_come_to_the_host_of_windows();
    }
    let mut review = Review::begin();
    let listener = Listener::to(&review);
    // Pressed until it is heard: the listener takes its time to begin.
    wait::until("a listener", || {
        review.screen.press("r").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        let heard = listener.pressed();
        (!heard.is_empty()).then_some(())
    });
    let before = listener.pressed().len();

    review.press("n");
    review.wait_for_state("negative");
    review.press("ctrl+z");
    review.wait_for_state("found");
    review.screen.press("ctrl+s").unwrap();
    wait::until("the host's own shortcut", || {
        (listener.pressed().len() > before).then_some(())
    });
    let after: Vec<String> = listener.pressed().split_off(before);
    let meant: Vec<&str> = after
        .iter()
        .map(String::as_str)
        .filter(|name| !name.starts_with("Control"))
        .collect();
    assert_eq!(meant, ["s"], "neither n nor Ctrl+Z is the host's");

    // A host that sends on what it has no use for itself must not get it back, or the key goes to and fro for ever.
    let before = listener.pressed().len();
    let windows = review.screen.windows("^Earmark$").unwrap();
    let inside = windows.into_iter().find(|&window| window != review.window);
    let inside = inside.expect("the plugin's window lies in the host's");
    review.screen.send(inside, "r").unwrap();
    review.screen.press("r").unwrap();
    wait::until("the key of the keyboard", || {
        (listener.pressed().len() > before).then_some(())
    });
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(listener.pressed().len(), before + 1);
    review.end();
}

#[test]
fn f2_types_a_new_start_and_function_keys_without_a_meaning_reach_the_host() {
    let mut review = Review::begin();
    let listener = (!wine::is_used()).then(|| Listener::to(&review));
    if let Some(listener) = &listener {
        wait::until("a listener", || {
            review.screen.press("F5").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(300));
            (!listener.pressed().is_empty()).then_some(())
        });
    }
    let heard = || listener.as_ref().map_or_else(Vec::new, Listener::pressed);
    let before = heard().len();

    let start_s = review.region["start_s"].as_f64().unwrap() + 0.2;
    review.press("F2");
    review.screen.press("ctrl+a").unwrap();
    review
        .screen
        .type_text(&format!("0:00:{start_s:.3}"))
        .unwrap();
    review.screen.press("Return").unwrap();
    wait::until("the new start", || {
        let now = review.region_now()["start_s"].as_f64()?;
        ((now - start_s).abs() < 0.002).then_some(())
    });

    if listener.is_some() {
        for key in ["F5", "F12"] {
            review.screen.press(key).unwrap();
        }
        wait::until("the host's own keys", || {
            (heard().len() >= before + 2).then_some(())
        });
        std::thread::sleep(std::time::Duration::from_secs(1));
        let after = heard().split_off(before);
        assert_eq!(after, ["F5", "F12"], "F2 is not the host's");
    }
    review.end();
}
