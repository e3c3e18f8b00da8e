//! What the plugin's window and the process that shows it to screen readers say to each other: one JSON value on a line.
//!
//! Values only; any thread.

use std::io::{self, BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What the window says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToReader {
    /// All that the window shows now.
    Tree(accesskit::TreeUpdate),
    /// Whether the window has the keyboard.
    Focus(bool),
    /// Which window it is, by its number on the X server.
    Window(u32),
}

/// What the process says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromReader {
    /// A screen reader runs and wants to know what the window shows.
    Activated,
    /// No screen reader runs any more.
    Deactivated,
    /// The user asked for something through the screen reader.
    Request(accesskit::ActionRequest),
}

/// Writes `message` as a line.
///
/// # Errors
/// When the other side is gone.
pub fn write(message: &impl Serialize, mut to: impl Write) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads the next line. `None` when the other side is gone; a line that is not a message is skipped.
pub fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> Option<T> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if let Ok(message) = serde_json::from_slice(&line) {
            return Some(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_pipe_and_other_lines_are_skipped() {
        let mut root = accesskit::Node::new(accesskit::Role::Window);
        root.set_label("Earmark\nDialogue 1");
        let tree = ToReader::Tree(accesskit::TreeUpdate {
            nodes: vec![(accesskit::NodeId(1), root)],
            tree: Some(accesskit::TreeInfo::new(accesskit::NodeId(1))),
            tree_id: accesskit::TreeId::ROOT,
            focus: accesskit::NodeId(1),
        });
        let mut pipe = Vec::new();
        write(&tree, &mut pipe).unwrap();
        pipe.extend_from_slice(b"what is this\n");
        write(&ToReader::Focus(true), &mut pipe).unwrap();
        let mut pipe = pipe.as_slice();
        assert_eq!(read(&mut pipe), Some(tree));
        assert_eq!(read(&mut pipe), Some(ToReader::Focus(true)));
        assert_eq!(read::<ToReader>(&mut pipe), None);
    }
}
