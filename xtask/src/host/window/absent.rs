//! Where this host has no windows: opening one says so.

use std::time::Duration;

use anyhow::{Result, bail};
use clack_host::prelude::*;

use crate::host::handlers::Handlers;

/// Never made on this platform.
pub enum EditorWindow {}

impl EditorWindow {
    pub fn open(
        _instance: &mut PluginInstance<Handlers>,
        _title: &str,
        _delay: Duration,
        _scale: Option<f64>,
    ) -> Result<Self> {
        bail!(
            "this host shows editors under X11 and on Windows only; open the plugin in a DAW to see its window here"
        )
    }

    pub fn id(&self) -> u32 {
        match *self {}
    }

    pub fn close_requested(&self) -> bool {
        match *self {}
    }

    pub fn resize(
        &mut self,
        _instance: &mut PluginInstance<Handlers>,
        _width: u32,
        _height: u32,
    ) -> Result<()> {
        match *self {}
    }

    pub fn pump(&mut self, _instance: &mut PluginInstance<Handlers>) {
        match *self {}
    }

    pub fn close(self, _instance: &mut PluginInstance<Handlers>) {
        match self {}
    }
}
