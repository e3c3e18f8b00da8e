//! What the project remembers of the window, and what the window makes of what the project remembered.

use earmark_core::protocol::View;
use earmark_core::time::Span;

use super::{TestWindow, open, reviewed};

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(start_s, end_s).unwrap()
}

#[test]
fn a_saved_zoom_waits_for_its_take_and_is_not_forgotten_before() {
    let mut opened = TestWindow::new(View::default());
    opened.shell.recall_zoom(Some(span(12.0, 20.0)));
    let mut harness = open(opened);
    harness.step();
    assert_eq!(
        harness.state().shell.zoom(),
        None,
        "nothing to remember yet"
    );
    harness.state_mut().view = reviewed();
    harness.step();
    assert_eq!(harness.state().shell.zoom(), Some(Some(span(12.0, 20.0))));
}

#[test]
fn a_saved_zoom_that_no_take_has_shows_what_there_is() {
    let hostile = [
        (span(-1e300, 1e300), None),
        (span(0.0, 60.0), None),
        (span(1e12, 1e12 + 5.0), Some(span(55.0, 60.0))),
        (span(3.0, 3.0), Some(span(3.0, 3.05))),
    ];
    for (saved, shown) in hostile {
        let mut opened = TestWindow::new(reviewed());
        opened.shell.recall_zoom(Some(saved));
        let mut harness = open(opened);
        harness.step();
        assert_eq!(harness.state().shell.zoom(), Some(shown), "{saved:?}");
    }
}
