//! Windows of Windows: where Wine keeps what OpenGL draws into one.

use super::Screen;
use anyhow::Result;

impl Screen {
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
        let found = beside_the_screen(&String::from_utf8_lossy(&tree.stdout), size);
        Ok(found.unwrap_or(window))
    }
}

/// The newest window of this size in `tree` that lies in a window of one pixel beside the screen.
fn beside_the_screen(tree: &str, (width, height): (u32, u32)) -> Option<u32> {
    let size = format!(" {width}x{height}+0+0 ");
    let lines: Vec<_> = tree.lines().collect();
    let inner = lines.windows(3).filter_map(|lines| match lines {
        [outer, _, inner] if outer.contains(" 1x1+-1+-1 ") && inner.contains(&size) => {
            let number = inner.trim_start().strip_prefix("0x")?;
            let number = number.split(' ').next()?;
            u32::from_str_radix(number, 16).ok()
        }
        _ => None,
    });
    inner.max()
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
     0xc00003 (has no name): (\"host.exe\" \"host.exe\")  1040x680+0+0  +3+22
";
        assert_eq!(beside_the_screen(tree, (1040, 680)), Some(0xa0_003f));
        assert_eq!(beside_the_screen(tree, (800, 600)), None);
    }
}
