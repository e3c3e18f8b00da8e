//! Shows one window of the plugin to screen readers on Linux, over AT-SPI. The plugin starts it when a window opens; it ends when
//! standard input does.
//!
//! A process of its own, because the library that speaks AT-SPI keeps threads that never end, and a host that unloads the plugin
//! would take the code from under them. Must never write anything but messages to standard output.

#[cfg(target_os = "linux")]
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::run();
}
