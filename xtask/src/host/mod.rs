//! A small CLAP host, embedded: what a DAW does to a plugin, as a library and as a script.
//!
//! Owns the hosting of a built `.clap`: loading, activation, playing audio under a scripted transport, parameters,
//! state, the track's name, and an X11 window to hold the editor. [`Host`] and [`Instance`] drive a plugin inside
//! this process; a [`Script`] drives one in a process of its own, which is how the demo sets the plugin's environment
//! and how the tests observe a plugin that aborts.
//!
//! An [`Instance`] stays on the thread that made it, which plays the part of the host's main thread; audio is
//! processed on a thread of its own. Nothing here knows Earmark: any stereo effect can be loaded.

mod census;
mod freeze;
mod handlers;
mod instance;
mod library;
mod mapped;
mod pieces;
mod playback;
mod process;
mod runner;
mod script;
mod system_calls;
mod transport;
mod usage;
mod vst3;
mod wave;
mod window;

pub use census::{Census, ThreadCost};
pub use handlers::LogLine;
pub use instance::{Instance, Parameter};
pub use library::{Host, PluginSummary};
pub use playback::{Note, Playback};
pub use process::{HostProcess, Outcome};
pub use script::{Event, Script, Step};
pub use system_calls::Watch;
pub use transport::{BlockSizes, Motion, Pace, RenderMode, Stretch, TransportStep};
pub use usage::Usage;
pub use vst3::{Vst3Report, probe as probe_vst3};
pub use wave::Wave;

pub use runner::run_from_standard_input;
