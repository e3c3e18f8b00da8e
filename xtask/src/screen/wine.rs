//! Windows of Windows: where Wine keeps what OpenGL draws into one.

use super::{START_PATIENCE, Screen, wait_for};
use anyhow::Result;

impl Screen {
    /// Waits until the desktop of Wine is there.
    ///
    /// # Errors
    /// If it never is.
    pub fn wait_for_wine(&self) -> Result<()> {
        wait_for("the desktop of Wine", START_PATIENCE, || {
            let tree = self.command("xwininfo").args(["-root", "-tree"]).output()?;
            let is_there = String::from_utf8_lossy(&tree.stdout).contains("(\"explorer.exe\"");
            Ok(is_there.then_some(()))
        })
    }

    /// The window that shows what `window` does. Wine draws with OpenGL into a window of the same size beside the screen, and
    /// nothing of it comes onto the screen without a compositor.
    pub(super) fn drawn_window(&self, window: u32) -> Result<u32> {
        let class = self
            .command("xprop")
            .args(["-id", &window.to_string(), "WM_CLASS"])
            .output()?;
        if !String::from_utf8_lossy(&class.stdout).contains(".exe\"") {
            return Ok(window);
        }
        let tree = self.command("xwininfo").args(["-root", "-tree"]).output()?;
        let size = self.size(window)?;
        let found = beside_the_screen(&String::from_utf8_lossy(&tree.stdout), window, size);
        Ok(found.unwrap_or(window))
    }
}

/// What Wine draws for `window`: the windows of one size and what is drawn for each are made in the same order.
fn beside_the_screen(tree: &str, window: u32, (width, height): (u32, u32)) -> Option<u32> {
    // What is drawn fills its window. Where the host's window lies in its frame is up to the window manager.
    let (size, drawn_size) = (
        format!(" {width}x{height}+"),
        format!(" {width}x{height}+0+0 "),
    );
    let mut drawn = Vec::new();
    // How far the window of one pixel is indented, while its children follow.
    let mut outer = None;
    for line in tree.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.contains(" 1x1+-1+-1 ") {
            outer = Some(indent);
        } else if outer.is_some_and(|outer| indent <= outer) {
            outer = None;
        } else if outer.is_some() && line.contains(&drawn_size) {
            drawn.extend(number_of(line));
        }
    }
    let mut shown: Vec<u32> = tree
        .lines()
        .filter(|line| line.contains(".exe\"") && line.contains(&size))
        .filter_map(number_of)
        .collect();
    drawn.sort_unstable();
    shown.sort_unstable();
    // One that is on its way, or that Wine has not deleted yet, has no partner; the newest ones have.
    let from_the_end = shown.iter().rev().position(|&other| other == window)?;
    drawn.iter().rev().nth(from_the_end).copied()
}

/// The number at the start of a line of `xwininfo`.
fn number_of(line: &str) -> Option<u32> {
    let number = line.trim_start().strip_prefix("0x")?;
    u32::from_str_radix(number.split(' ').next()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wine_draws_is_found_beside_the_screen() {
        let tree = "
     0xc00004 (has no name): (\"host.exe\" \"host.exe\")  110x2+3+22  +3+22
     0xa00036 (has no name): ()  1x1+-1+-1  +-1+-1
        1 child:
        0xa0003f (has no name): ()  1040x680+0+0  +-1+-1
     0xa0000a (has no name): ()  1x1+-1+-1  +-1+-1
     0xc00003 \"Earmark\": (\"host.exe\" \"host.exe\")  1040x680+1+20  +3+22
";
        assert_eq!(
            beside_the_screen(tree, 0xc0_0003, (1040, 680)),
            Some(0xa0_003f)
        );
        assert_eq!(beside_the_screen(tree, 0xc0_0003, (800, 600)), None);
    }

    #[test]
    fn each_of_two_windows_has_its_own_beside_the_screen() {
        let tree = "
     0xa00036 (has no name): ()  1x1+-1+-1  +-1+-1
        2 children:
        0xa0005f (has no name): ()  1040x680+0+0  +-1+-1
        0xa0003f (has no name): ()  1040x680+0+0  +-1+-1
     0x200261 (has no name): ()  1042x705+3+3  +3+3
        0xc00007 (has no name): (\"host.exe\" \"host.exe\")  1040x680+0+0  +3+22
        0xc00003 (has no name): (\"host.exe\" \"host.exe\")  1040x680+0+0  +900+22
";
        let drawn = |window| beside_the_screen(tree, window, (1040, 680));
        assert_eq!(drawn(0xc0_0003), Some(0xa0_003f));
        assert_eq!(drawn(0xc0_0007), Some(0xa0_005f));
    }
}
