//! The screen of a test.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xtask::screen::Screen;

use super::wine;

/// A screen of one's own. Windows has one foreground window, which gets the keys of every screen, so that tests under Wine have
/// a screen one after another.
pub struct TestScreen {
    screen: Screen,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl TestScreen {
    /// A screen that one window fits on.
    pub fn start() -> Self {
        Self::with(Screen::start)
    }

    /// A screen of so many pixels.
    pub fn start_of(width: u32, height: u32) -> Self {
        Self::with(|| Screen::start_of(width, height))
    }

    fn with(start: impl FnOnce() -> anyhow::Result<Screen>) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = wine::is_used().then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner));
        Self {
            screen: start().unwrap(),
            _turn: turn,
        }
    }
}

impl Deref for TestScreen {
    type Target = Screen;

    fn deref(&self) -> &Screen {
        &self.screen
    }
}
